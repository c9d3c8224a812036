"""``/v1/parked``: customers whose CRM is not as it should be, and trying again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.api_page import refusal
from events.runtime.cursor import cursor, place_by
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.runtime.request_body import body, body_schema
from events.vocabulary import Identifier
from profile_sync.api.actor import DANA, Act
from profile_sync.api.crm import CrmState, crm_state
from profile_sync.core.converge import desired
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reason
from profile_sync.deciding import retry
from profile_sync.store import notes, push_views
from profile_sync.store.push_views import Trouble

LONGEST_PAGE = 200
_ID: TypeAdapter[str] = TypeAdapter(Identifier)
CustomerId = Annotated[Identifier, Path(openapi_examples={"cus-42": {"value": "cus-42"}})]


class Troubled(BaseModel):
    """`erasing`: the customer is to be forgotten, and the CRM does not let go of what was written there; it is tried
    again and again, and a person may have to help. `parked`: trying again will not help until something changes.
    `yielded`: a person holds some fields in the CRM. `drifted`: a check found fields that held something else than was
    written there, and put them right. Who has several is listed under the first of them, and asked for by
    `trouble` under each."""

    customer_id: str = Field(examples=["cus-42"])
    trouble: Trouble
    reason: Reason | None = Field(description="Why it is parked, or not erased yet.", examples=["unknown_profile"])
    fields: list[str] = Field(description="Which ones are held or have drifted.", examples=[["language"]])
    since: datetime


class TroubledPage(BaseModel):
    customers: list[Troubled]
    next: str | None = Field(description="Give this as `after` to read on; null on the last page.")


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter(prefix="/v1/parked", tags=["the CRM"])
    reader = Annotated[ApiKey, Depends(require(keyring, "preferences:read"))]
    actor = Annotated[ApiKey, Depends(require(keyring, "preferences:act"))]

    @routes.get("", summary="Customers whose CRM is not as it should be, the longest so first")
    async def parked(
        key: reader,
        trouble: Annotated[Trouble | None, Query(description="Only these.")] = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
        after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
    ) -> TroubledPage:
        start = place_by(_ID.validate_python, after)
        async with transaction(engine) as tx:
            found = await push_views.troubled(tx, key.tenant, trouble, after=start, limit=limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return TroubledPage(
            customers=[
                Troubled(
                    customer_id=row["customer_id"],
                    trouble=row["trouble"],
                    reason=row["reason"] if row["trouble"] in ("erasing", "parked") else None,
                    fields=(row["drifted"] if row["trouble"] == "drifted" else row["held"]) or [],
                    since=row["since"],
                )
                for row in found[:limit]
            ],
            next=cursor((last["since"], last["customer_id"])) if last else None,
        )

    @routes.post(
        "/{customer_id}/retry",
        status_code=202,
        summary="Bring the CRM up to date again",
        responses={404: refusal("Nothing was ever heard of such a customer.")},
        openapi_extra=body_schema(Act, DANA),
    )
    async def again(key: actor, customer_id: CustomerId, said: Annotated[Act, Depends(body(Act))]) -> CrmState:
        """At once, if the CRM takes it. A person's edit stays all the same. What had drifted is taken off the list."""
        who = Customer(key.tenant, customer_id)
        await retry(engine, who, said.person(key))
        async with transaction(engine) as tx:
            wanted = desired((await notes.active(tx, [who]))[who])
            found = crm_state(await push_views.of_customer(tx, who), wanted)
        if found is None:
            raise ProblemError(404, "There is no such customer")
        return found

    return routes
