"""How the CRM stands, as the API shows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from profile_sync.core.converge import Field as Wanted
from profile_sync.core.replies import Reason
from profile_sync.store.push_views import PushView

State = Literal["pending", "done", "yielded", "parked"]
_WRITTEN = {"value": "email", "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}


class CrmField(BaseModel):
    """What one field of the CRM should hold, and what the CRM was last told."""

    field: str = Field(examples=["contact_channel"])
    wanted: dict[str, Any] | None = Field(
        None, description="What the customer wants it to hold; null: nothing.", examples=[_WRITTEN]
    )
    written: dict[str, Any] | None = Field(
        None, description="As it was last written; null: never, or cleared.", examples=[_WRITTEN]
    )
    written_at: datetime | None = None
    held_by_human: bool = Field(False, description="A person has edited it in the CRM: what they wrote stays.")
    yielded_since: datetime | None = Field(None, description="Since when a human's edit stands there instead.")


class Drift(BaseModel):
    """Fields that a check found to hold something else than was written there. They were put right at once."""

    since: datetime
    fields: list[str] = Field(examples=[["language"]])


class CrmState(BaseModel):
    """How the CRM stands. ``yielded``: all is sent but for fields that a human has edited."""

    state: State
    reason: Reason | None = Field(None, description="Why it is late or parked.")
    pending_since: datetime | None = None
    next_try_at: datetime | None = None
    failed_attempts: int = 0
    agreed_at: datetime | None = Field(None, description="When the CRM last held all that it should; null: never.")
    drift: Drift | None = None
    fields: list[CrmField] = []


def crm_state(view: PushView, wanted: Mapping[str, Wanted]) -> CrmState | None:
    """None for a customer of whom nothing was ever heard."""
    push = view.push
    if push is None:
        return None
    waiting = push["state"] == "pending"
    paused = push["paused_until"] if waiting else None
    return CrmState(
        state=push["state"],
        reason=push["pause_reason"] if paused else push["reason"],
        pending_since=push["pending_since"],
        next_try_at=max(push["due_at"], paused or push["due_at"]) if waiting else None,
        failed_attempts=push["attempts"],
        agreed_at=push["agreed_at"],
        drift=Drift(since=push["drifted_at"], fields=push["drifted"] or []) if push["drifted_at"] else None,
        fields=_fields(view, wanted),
    )


def _fields(view: PushView, wanted: Mapping[str, Wanted]) -> list[CrmField]:
    told: dict[str, Mapping[str, Any]] = {row["field"]: dict(row) for row in view.fields}
    return [
        CrmField.model_validate(
            {
                **told.get(name, {"field": name}),
                "wanted": wanted.get(name),
                "held_by_human": told.get(name, {}).get("yielded_since") is not None,
            }
        )
        for name in sorted(told.keys() | wanted.keys())
    ]
