"""``/v1/summary``: the service in numbers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from profile_sync.api.crm import State
from profile_sync.core.replies import Reason
from profile_sync.store import views


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
    routes = APIRouter(tags=["the CRM"])
    reader = Annotated[ApiKey, Depends(require(keyring, "preferences:read"))]

    @routes.get("/v1/summary", summary="The service in numbers")
    async def summary(key: reader) -> Summary:
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
