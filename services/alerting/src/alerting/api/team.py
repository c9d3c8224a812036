"""``/v1/queue``, ``/v1/team``, ``/v1/deliveries``: what the desk shows to who looks after it."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.api.among import among
from alerting.api.cases import CaseId
from alerting.store import queue, supervision
from alerting.store.deliveries import Deliveries, Delivery
from alerting.store.queue import Queued, Share, Wanted
from alerting.store.supervision import Holder, Results, Unanswered, Undelivered
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from events.vocabulary import Identifier

MOST = 100
UnsettledState = Literal["open", "claimed", "contacted"]
Days = Annotated[int, Query(ge=1, le=90, description="Over how many days the results are taken.")]


class Waiting(BaseModel):
    """What is not closed, by when the next thing is due; `makeup` counts what the whole queue is made of."""

    cases: list[Queued]
    makeup: list[Share]


class Person(BaseModel):
    """Somebody with cases. `key`: what an address calls them."""

    key: str
    name: str
    to_contact: int
    to_close: int
    oldest_at: datetime | None
    overdue: int

    @classmethod
    def of(cls, found: Holder) -> "Person":
        return cls(key=queue.person_key(found.name), **asdict(found))


class Team(BaseModel):
    """Who has what, what could not be told, and how the cases closed lately went. Times are seconds."""

    people: list[Person]
    results: Results
    undelivered: list[Undelivered] = Field(description="Messages about open cases that were given up.")
    unanswered: list[Unanswered] = Field(description="Open cases for which nobody was on call, or is left to tell.")


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["team"])
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]
    deliveries = Deliveries(engine)

    @routes.get("/queue", summary="What waits, the most urgent first")
    async def waiting(key: reader, wanted: Annotated[Wanted, Depends(_wanted)]) -> Waiting:
        """Every filter is exact; none is all. At most 1,000 cases."""
        async with transaction(engine) as tx:
            found = await queue.unsettled(tx, key.tenant, wanted)
            return Waiting(cases=found, makeup=await queue.makeup(tx, key.tenant))

    @routes.get("/team", summary="Who has what, and how it went")
    async def team(key: reader, days: Days = 7) -> Team:
        async with transaction(engine) as tx:
            return Team(
                people=[Person.of(each) for each in await supervision.holders(tx, key.tenant)],
                results=await supervision.results(tx, key.tenant, days),
                undelivered=await supervision.undelivered(tx, key.tenant, MOST),
                unanswered=await supervision.unanswered(tx, key.tenant, MOST),
            )

    @routes.get("/cases/{case_id}/deliveries", summary="Who was told of a case, through what")
    async def told(case_id: CaseId, key: reader) -> list[Delivery]:
        return await deliveries.of_case(key.tenant, case_id)

    @routes.get("/deliveries", summary="The delivery log")
    async def log(
        key: reader,
        channel: Annotated[
            Identifier | None, Query(description="Of one destination; without, failures of a day.")
        ] = None,
        before: Annotated[
            int | None, Query(ge=1, le=2**63 - 1, description="`id` of the last of the page before.")
        ] = None,
    ) -> list[Delivery]:
        """The newest first, at most 100."""
        if channel is None:
            return await deliveries.failures(key.tenant, before=before)
        return await deliveries.of_channel(key.tenant, channel, before=before)

    return routes


def _wanted(
    found: Annotated[Wanted, Depends(among)],
    state: Annotated[UnsettledState | None, Query(description="Only cases in this state.")] = None,
    person: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9a-f]{12}$",
            description="Only cases of this person: the `key` of `/v1/team`. Names are in no address.",
        ),
    ] = None,
) -> Wanted:
    return replace(found, state=state, person=person)
