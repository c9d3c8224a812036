"""``/v1/customers/{customer_id}/preferences``: what a customer prefers and what the CRM knows of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from events.vocabulary import Identifier
from profile_sync.api.consent import CustomerConsent
from profile_sync.api.consent import of as consent_of
from profile_sync.api.crm import CrmState, crm_state
from profile_sync.api.note import PreferenceNote, shown
from profile_sync.core.converge import desired
from profile_sync.core.preferences import Customer, Status
from profile_sync.store import note_views, notes, push_views

CustomerId = Annotated[Identifier, Path(openapi_examples={"cus-42": {"value": "cus-42"}})]


class CustomerPreferences(BaseModel):
    customer_id: str = Field(examples=["cus-42"])
    preferences: list[PreferenceNote] = Field(description="What the customer wants now.")
    proposed: list[PreferenceNote] = Field(description="Doubtful: what waits for a person.")
    history: list[PreferenceNote] = Field(description="What was said before or taken back, the newest first.")
    consent: CustomerConsent
    crm: CrmState | None = Field(None, description="Null where nothing was ever said.")


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter(tags=["preferences"])
    reader = Annotated[ApiKey, Depends(require(keyring, "preferences:read"))]

    @routes.get("/v1/customers/{customer_id}/preferences", summary="What a customer prefers")
    async def preferences(key: reader, customer_id: CustomerId) -> CustomerPreferences:
        """With where and when it was said, what was said before, and what the CRM has been told.

        A customer who never stated a preference has empty lists.
        """
        who = Customer(key.tenant, customer_id)
        async with transaction(engine) as tx:
            found = [shown(row) for row in await note_views.of_customer(tx, who)]
            wanted = desired((await notes.active(tx, [who]))[who])
            crm = crm_state(await push_views.of_customer(tx, who), wanted)
            consent = await consent_of(tx, who)
        return CustomerPreferences(
            customer_id=customer_id,
            preferences=[note for note in found if note.status is Status.ACTIVE],
            proposed=[note for note in found if note.status is Status.PROPOSED],
            history=[note for note in found if note.status not in (Status.ACTIVE, Status.PROPOSED)],
            consent=consent,
            crm=crm,
        )

    return routes
