"""``/v1/cases/{id}/context``: what to know before the call. ``/v1/clocks``: how the clocks of the queue stand."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.clocks import Count, Name, Pace, Queue, Standing
from alerting.core.context import Context, OtherCase, PastAnswer, PastContact
from alerting.core.preferences import Preferences
from alerting.store import context
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.scales import RawValue, Sentiment

_NOW = text("SELECT now()")


class MomentAnswer(BaseModel):
    time_zone: str | None = Field(description="The customer's, as an IANA name; null where it is not known.")
    local_time: datetime | None = Field(description="Now, as their clocks show it.")
    quiet_until: datetime | None = Field(description="When their quiet hours end; null where it is not quiet.")
    good_at: datetime | None = Field(
        description="From when on they may be disturbed and the team is there: now, or later."
    )
    preferred_at: datetime | None = Field(description="The same within the part of the day they prefer.")


class GivenAnswer(BaseModel):
    kind: str
    answer_id: str
    answered_at: datetime
    interaction_id: str | None
    channel: str | None
    instrument: str | None
    scale: str | None
    score: RawValue | None
    percent: float | None = Field(description="The score on 0-100, to be drawn beside other scales.")
    sentiment: Sentiment | None
    comment: str | None = Field(description="Kept only of answers that are evidence of a case.")
    case_id: UUID | None

    @classmethod
    def of(cls, found: PastAnswer) -> "GivenAnswer":
        return cls(**asdict(found), percent=found.percent, sentiment=found.sentiment)


class ContextAnswer(BaseModel):
    """Newest first. Personal data."""

    customer_id: str | None = Field(description="Null where nobody has said who the customer is.")
    advice: list[str] = Field(description="Sentences, the most important first; none quotes the customer.")
    moment: MomentAnswer
    contact: PastContact | None = Field(description="The contact the case is about; null until it is reported.")
    contacts: list[PastContact]
    answers: list[GivenAnswer]
    cases: list[OtherCase] = Field(description="The customer's other cases.")
    preferences: Preferences

    @classmethod
    def of(cls, found: Context) -> "ContextAnswer":
        moment = found.moment
        return cls(
            customer_id=found.customer_id,
            advice=list(found.advice),
            moment=MomentAnswer(
                time_zone=moment.zone.key if moment.zone else None,
                local_time=moment.local(moment.now),
                quiet_until=moment.quiet_until,
                good_at=moment.good_at,
                preferred_at=moment.preferred_at,
            ),
            contact=found.contact,
            contacts=list(found.contacts),
            answers=[GivenAnswer.of(each) for each in found.answers],
            cases=list(found.cases),
            preferences=found.preferences,
        )


class CaseClocks(BaseModel):
    case_id: UUID
    position: int = Field(description="From 1, by when the contact is due.")
    claim: Standing
    contact: Standing


class ClocksAnswer(BaseModel):
    now: datetime = Field(description="By the database's clock, which all of this goes by.")
    pace: Pace
    counts: dict[Name, Count] = Field(description="Over the whole queue.")
    cases: list[CaseClocks] = Field(description="Those whose customers have not been contacted, by position.")

    @classmethod
    def of(cls, queue: Queue, limit: int) -> "ClocksAnswer":
        first = queue.waiting[:limit]
        return cls(
            now=queue.now,
            pace=queue.pace,
            counts=dict(queue.counts()),
            cases=[
                CaseClocks(case_id=case.id, position=case.position, **queue.standing(case)._asdict()) for case in first
            ],
        )


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["cases"])
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]

    @routes.get("/cases/{case_id}/context", response_model=ContextAnswer, summary="What to know before the call")
    async def read_context(
        case_id: Annotated[UUID, Path(description="`id` of a case, as the list has it.")], key: reader
    ) -> ContextAnswer:
        """The contact, the customer's last 20 contacts, answers and other cases, and how they like to be reached."""
        async with transaction(engine) as tx:
            found = await context.context(tx, key.tenant, case_id, await tx.scalar(_NOW))
        if found is None:
            raise ProblemError(404, "There is no such case")
        return ContextAnswer.of(found)

    @routes.get("/clocks", response_model=ClocksAnswer, summary="How the clocks of the queue stand")
    async def read_clocks(key: reader, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> ClocksAnswer:
        """With the breaches that are predicted, and what the forecast rests on."""
        async with transaction(engine) as tx:
            queue = await context.queue(tx, key.tenant)
        return ClocksAnswer.of(queue, limit)

    return routes
