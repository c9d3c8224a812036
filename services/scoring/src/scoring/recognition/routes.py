"""``GET /v1/coaching``: who would gain from coaching, and on what; system causes first."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from scoring.core.metrics.metric import Value
from scoring.core.recognition.coaching import Advice, Suggestion, SystemCause, Topic
from scoring.recognition.coach import ADVICE
from scoring.store import coaching


class Number(BaseModel):
    """A number and what it rests on."""

    value: float | None
    n: int
    interval: tuple[float, float] | None = Field(description="95 % interval.")


class TopicShown(BaseModel):
    """A contact reason on which the agent is below colleagues."""

    reason: str
    agent: Number
    colleagues: Number
    system_cause: bool = Field(description="The whole team is low on it: look at the workflow first.")


class CauseShown(BaseModel):
    """A contact reason the whole team is low on: the workflow or the information people get, not a person."""

    team: str
    metric: str
    reason: str
    figure: Number
    team_figure: Number
    agents: list[str] = Field(description="Who is below the team only for handling such contacts.")


class SuggestionShown(BaseModel):
    """An agent whose whole interval lies below the team, and below colleagues on the same mix of reasons."""

    team: str
    agent: str
    metric: str
    figure: Number
    team_figure: Number
    expected: float = Field(description="What colleagues reach on the same mix of reasons.")
    topics: list[TopicShown]


class Coaching(BaseModel):
    """Over the last 30 days, as of `computed_at`; null until it has been computed for the first time."""

    computed_at: datetime | None = None
    start: datetime | None = Field(None, serialization_alias="from")
    end: datetime | None = Field(None, serialization_alias="to")
    system_causes: list[CauseShown] = []
    suggestions: list[SuggestionShown] = []


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter(tags=["coaching"])
    caller = Annotated[ApiKey, Depends(require(keyring, "metrics:read"))]

    @routes.get("/v1/coaching", summary="Who would gain from coaching, and on what")
    async def coached(key: caller) -> Coaching:
        async with transaction(engine) as tx:
            kept = await coaching.find(tx, key.tenant)
        if kept is None:
            return Coaching()
        return _shown(ADVICE.validate_json(kept.advice), kept)

    return routes


def _shown(advice: Advice, kept: coaching.Kept) -> Coaching:
    return Coaching(
        computed_at=kept.computed_at,
        start=kept.start,
        end=kept.end,
        system_causes=[_cause(cause) for cause in advice.causes],
        suggestions=[_suggestion(suggestion) for suggestion in advice.suggestions],
    )


def _cause(cause: SystemCause) -> CauseShown:
    return CauseShown(
        team=cause.team,
        metric=cause.metric,
        reason=cause.reason,
        figure=_number(cause.value),
        team_figure=_number(cause.team_value),
        agents=list(cause.agents),
    )


def _suggestion(one: Suggestion) -> SuggestionShown:
    return SuggestionShown(
        team=one.team,
        agent=one.agent,
        metric=one.metric,
        figure=_number(one.value),
        team_figure=_number(one.team_value),
        expected=one.expected,
        topics=[_topic(topic) for topic in one.topics],
    )


def _topic(topic: Topic) -> TopicShown:
    return TopicShown(
        reason=topic.reason,
        agent=_number(topic.value),
        colleagues=_number(topic.colleagues),
        system_cause=topic.system,
    )


def _number(value: Value) -> Number:
    return Number(value=value.value, n=value.n, interval=value.interval)
