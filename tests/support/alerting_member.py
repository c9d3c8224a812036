"""Alerting's handler in tests: what customers say of one contact, and a member of the consumer group that takes it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.acting import Cases
from alerting.core.clocks.policy import ClockPolicy
from alerting.core.duty import Duty, everybody
from alerting.core.rules.policy import Policy
from alerting.handler import Handler
from alerting.opening import Opening
from alerting.paging import Pager
from alerting.telemetry import CaseTelemetry, PagingTelemetry
from events.envelope import Event, Payload
from events.interaction import Interaction
from events.runtime.database import PostgresLedger
from events.runtime.stream import Partition
from events.survey import SurveyResponse


def event(data: Payload, *, recorded_ago: timedelta = timedelta(0), **attributes: Any) -> Event[Any]:
    now = datetime.now(UTC)
    told = {"id": f"e-{uuid.uuid4().hex}", "source": "/survey", "tenant": "default", "time": now, **attributes}
    return Event(**told, recorded_at=now - recorded_ago, data=data)


def answered(value: int = 1, *, said_ago: timedelta = timedelta(0), **changes: Any) -> SurveyResponse:
    said = {
        "response_id": "r-1",
        "interaction_id": "call-1",
        "customer_id": "cus-1",
        "instrument": "csat",
        "scale": "1-5",
        "comment": "Nobody called back.",
        "submitted_at": datetime.now(UTC) - said_ago,
    }
    return SurveyResponse(**{**said, "value": value, **changes})


def reported(**changes: Any) -> Interaction:
    now = datetime.now(UTC)
    said = {
        "interaction_id": "call-1",
        "channel": "phone",
        "team": "billing",
        "agent": "a-17",
        "customer_id": "cus-1",
        "reason": "invoice",
        "offered_at": now - timedelta(minutes=10),
        "answered_at": now - timedelta(minutes=9),
        "talk_seconds": 250.0,
    }
    return Interaction(**{**said, **changes})


def opening(channels: tuple[str, ...] = ("webhook", "apprise-x"), duty: Duty | None = None) -> Opening:
    """Cases open as they do without an on-call file: every destination is told at once."""
    told = everybody(channels) if duty is None else duty
    return Opening(told, ClockPolicy(), Pager(told, PagingTelemetry(CollectorRegistry())))


def desk(engine: AsyncEngine) -> Cases:
    """What people do to cases, where nobody but those who were told first hears of it."""
    duty = everybody(())
    pager = Pager(duty, PagingTelemetry(CollectorRegistry()))
    return Cases(engine, pager, {}, timedelta(hours=1), CaseTelemetry(CollectorRegistry()))


class Member:
    """One consumer of the group, with a partition of its own: events come through the ledger, as in production."""

    def __init__(
        self,
        engine: AsyncEngine,
        number: int,
        channels: tuple[str, ...] = ("webhook", "apprise-x"),
        policy: Policy | None = None,
    ) -> None:
        self._ledger = PostgresLedger(engine)
        self._partition = Partition("survey-responses", number)
        self._next = 0
        self.handler = Handler(policy or Policy(), opening(channels), CaseTelemetry(CollectorRegistry()))

    async def take(self, *events: Event[Any]) -> int:
        end = self._next + len(events)
        new = await self._ledger.apply(self._partition, self._next, end, events, self.handler)
        self._next = end
        return new
