"""A database with the schema of alerting, dispatchers on it, and a destination that keeps what it is told."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting import channels
from alerting.acting import Cases
from alerting.channels.port import Channel, Delivered, Envelope, Result
from alerting.core.bulletin import compose
from alerting.core.case import Case, Claim
from alerting.core.clocks.policy import ClockPolicy
from alerting.core.duty import Duty, everybody
from alerting.core.message import WHATS, Notice, What
from alerting.core.people import Person
from alerting.core.rules.policy import Policy
from alerting.dispatcher import Lane
from alerting.handler import Handler
from alerting.opening import Opening
from alerting.paging import Pager
from alerting.store.deliveries import Deliveries, Delivery
from alerting.store.leasing import Outbox
from alerting.store.schema import MIGRATIONS, SCHEMA
from alerting.store.wake import Bell
from alerting.telemetry import CaseTelemetry, DeliveryTelemetry, PagingTelemetry
from events.envelope import Event
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse

DESK = "https://desk.example"


def person(id_: str, **reach: str) -> Person:
    return Person(id_, id_.capitalize(), ZoneInfo("UTC"), reach)


@dataclass
class Slips:
    """A destination in this process. Each send takes a step of ``script`` (a result, seconds to take, an event to wait
    for), and is delivered without one."""

    name: str = "slips"
    kind: str = "apprise"
    at_once: int = 8
    per_minute: int | None = None
    personal: bool = False
    tells: frozenset[What] = frozenset(WHATS)
    script: list[Result | float | asyncio.Event] = field(default_factory=list)
    got: list[tuple[Notice, Envelope]] = field(default_factory=list)
    begun: list[Envelope] = field(default_factory=list)

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        self.begun.append(envelope)
        step = self.script.pop(0) if self.script else Delivered()
        if isinstance(step, float):
            await asyncio.sleep(step)
            step = Delivered()
        if isinstance(step, asyncio.Event):
            await step.wait()
            step = Delivered()
        if isinstance(step, Delivered):
            self.got.append((notice, envelope))
        return step

    async def close(self) -> None: ...

    @property
    def whats(self) -> list[str]:
        return [notice.what for notice, _ in self.got]


@dataclass
class Rig:
    """``duty``: who is told of a case."""

    engine: AsyncEngine
    bell: Bell
    registry: CollectorRegistry
    telemetry: DeliveryTelemetry
    duty: Duty = field(default_factory=lambda: everybody(("webhook",)))
    follows: Mapping[What, tuple[str, ...]] = field(default_factory=dict)

    @property
    def _pager(self) -> Pager:
        return Pager(self.duty, PagingTelemetry(CollectorRegistry()))

    @property
    def acting(self) -> Cases:
        telemetry = CaseTelemetry(CollectorRegistry())
        return Cases(self.engine, self._pager, self.follows, timedelta(hours=1), telemetry)

    async def bad_answer(self, number: int = 1) -> Event[Any]:
        now = datetime.now(UTC)
        said = SurveyResponse(
            response_id=f"r-{number}",
            interaction_id=f"call-{number}",
            instrument="csat",
            scale="1-5",
            value=1,
            comment="canary",
            customer_id="canary-customer",
            submitted_at=now,
        )
        told = Event(f"e-{uuid.uuid4().hex}", "/survey", "default", now, now, said)
        handler = Handler(Policy(), Opening(self.duty, ClockPolicy(), self._pager), CaseTelemetry(CollectorRegistry()))
        async with transaction(self.engine) as tx:
            await handler(tx, [told])
        return told

    async def cases(self) -> list[UUID]:
        return [row.id for row in await self.rows("SELECT id FROM recovery_case ORDER BY opened_at, id")]

    async def claim(self, case_id: UUID, *, version: int = 1) -> float:
        """Claim it for Dana; when that was acknowledged (monotonic)."""
        done = await self.acting.act("default", case_id, Claim(by="Dana", version=version))
        assert isinstance(done, Case), done
        return time.monotonic()

    def lane(self, channel: Channel, *, outbox: Outbox | None = None, people: Sequence[Person] = ()) -> Lane:
        return Lane(
            outbox or Outbox(self.engine),
            channel,
            {one.id: one for one in people},
            partial(compose, public_url=DESK),
            self.bell,
            self.telemetry,
        )

    async def rows(self, query: str, **values: Any) -> Sequence[Any]:
        async with transaction(self.engine) as tx:
            found = await tx.execute(text(query), values)
            return found.all() if found.returns_rows else ()

    async def notifications(self) -> list[Delivery]:
        log = Deliveries(self.engine)
        return [one for case_id in await self.cases() for one in await log.of_case("default", case_id)]

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows("SELECT state FROM notification ORDER BY id")]

    def all_are(self, *states: str) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return set(await self.states()) == set(states)

        return check


@contextlib.asynccontextmanager
async def delivery_rig(database_url: str) -> AsyncIterator[Rig]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    registry = CollectorRegistry()
    yield Rig(engine, Bell(engine), registry, DeliveryTelemetry(registry, tuple(channels.KINDS)))
    await engine.dispose()


@contextlib.asynccontextmanager
async def running(*jobs: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    """The jobs run until the block ends, and are then asked to stop."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(job(stop))  # type: ignore[arg-type]
        try:
            yield
        finally:
            stop.set()
