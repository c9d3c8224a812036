"""The HTTP API: what a customer prefers and what the CRM knows of it; the service in numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from events.vocabulary import Identifier
from profile_sync.core.preferences import Customer, Slot, Status, Value
from profile_sync.core.replies import Reason
from profile_sync.store import views

State = Literal["pending", "done", "yielded", "parked"]


class SaidIn(BaseModel):
    """Where the customer said it, and how it was found there."""

    source: str = Field(examples=["/survey/acme"])
    response_id: str = Field(examples=["resp-9001"])
    event_id: str = Field(examples=["evt-1"])
    extractor: str = Field(examples=["stated/1"])


class PreferenceNote(BaseModel):
    kind: str = Field(examples=["contact_channel"])
    channel: str | None = Field(None, description="For do_not_contact: the channel meant.")
    value: Value = Field(examples=["email"], description="For do_not_contact: whether to stop.")
    status: Status
    stated_at: datetime = Field(description="When the customer said it.")
    recorded_at: datetime = Field(description="When Amends heard of it.")
    said_in: SaidIn
    crm_field: str = Field(examples=["contact_channel"])


class CrmField(BaseModel):
    """What the CRM was last told about one field."""

    field: str = Field(examples=["contact_channel"])
    written: dict[str, Any] | None = Field(
        None,
        description="As it was written; null: never, or cleared.",
        examples=[{"value": "email", "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}],
    )
    written_at: datetime | None = None
    yielded_since: datetime | None = Field(None, description="Since when a human's edit stands there instead.")


class CrmState(BaseModel):
    """How the CRM stands. ``yielded``: all is sent but for fields that a human has edited."""

    state: State
    reason: Reason | None = Field(None, description="Why it is late or parked.")
    pending_since: datetime | None = None
    next_try_at: datetime | None = None
    failed_attempts: int = 0
    fields: list[CrmField] = []


class CustomerPreferences(BaseModel):
    customer_id: str = Field(examples=["cus-42"])
    preferences: list[PreferenceNote] = Field(description="What the customer wants now.")
    history: list[PreferenceNote] = Field(description="What was said before or taken back, the newest first.")
    crm: CrmState | None = Field(None, description="Null where nothing was ever said.")


class Summary(BaseModel):
    """Counts over one tenant."""

    customers: int
    active_notes: dict[str, int] = Field(examples=[{"contact_channel": 12, "do_not_contact": 3}])
    pushes: dict[State, int] = Field(examples=[{"pending": 1, "done": 14, "yielded": 0, "parked": 0}])
    parked: dict[Reason, int] = Field(examples=[{"rejected": 1}])
    fields_written: int
    fields_yielded: int
    paused_until: datetime | None = Field(None, description="The CRM asked for quiet, or refuses our token.")
    pause_reason: Reason | None = None


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter()
    Key = Annotated[ApiKey, Depends(require(keyring, "preferences:read"))]

    @routes.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("docs")

    @routes.get("/v1/customers/{customer_id}/preferences", summary="What a customer prefers", tags=["preferences"])
    async def preferences(
        key: Key, customer_id: Annotated[Identifier, Path(openapi_examples={"cus-42": {"value": "cus-42"}})]
    ) -> CustomerPreferences:
        """With where and when it was said, what was said before, and what the CRM has been told.

        A customer who never stated a preference has empty lists.
        """
        async with transaction(engine) as tx:
            view = await views.customer(tx, Customer(key.tenant, customer_id))
        notes = [_note(row) for row in view.notes]
        return CustomerPreferences(
            customer_id=customer_id,
            preferences=[note for note in notes if note.status is Status.ACTIVE],
            history=[note for note in notes if note.status is not Status.ACTIVE],
            crm=None if view.push is None else _crm(view.push, view.fields),
        )

    @routes.get("/v1/summary", summary="The service in numbers", tags=["preferences"])
    async def summary(key: Key) -> Summary:
        async with transaction(engine) as tx:
            counts = await views.summary(tx, key.tenant)
        return Summary(
            customers=counts.customers,
            active_notes=counts.active,
            pushes={"pending": 0, "done": 0, "yielded": 0, "parked": 0} | counts.states,
            parked={Reason(name): count for name, count in counts.parked.items()},
            fields_written=counts.written,
            fields_yielded=counts.yielded,
            paused_until=counts.paused_until,
            pause_reason=Reason(counts.pause_reason) if counts.pause_reason else None,
        )

    return routes


def _note(row: RowMapping) -> PreferenceNote:
    return PreferenceNote(
        kind=row["kind"],
        channel=row["item"] or None,
        value=row["value"],
        status=Status(row["status"]),
        stated_at=row["stated_at"],
        recorded_at=row["recorded_at"],
        said_in=SaidIn.model_validate(row, from_attributes=False),
        crm_field=Slot(row["kind"], row["item"]).field,
    )


def _crm(push: RowMapping, fields: Sequence[RowMapping]) -> CrmState:
    waiting = push["state"] == "pending"
    paused = push["paused_until"] if waiting else None
    return CrmState(
        state=push["state"],
        reason=push["pause_reason"] if paused else push["reason"],
        pending_since=push["pending_since"],
        next_try_at=max(push["due_at"], paused or push["due_at"]) if waiting else None,
        failed_attempts=push["attempts"],
        fields=[CrmField.model_validate(row) for row in fields],
    )
