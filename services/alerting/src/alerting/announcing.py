"""Tells the topic ``alerts`` how each case stands, a full snapshot after every change, and whom to ask again; from
outboxes in PostgreSQL.

Published first, then forgotten, in one transaction that one replica at a time holds: a kill in between tells the same
once more, under the same id. While Kafka is away the rows wait.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.report import Asking, case_reported, resurvey_requested
from alerting.store import reports, resurveys
from alerting.store.reports import Due
from alerting.store.wake import Bell
from alerting.telemetry import ReportTelemetry
from events import codec
from events.envelope import Event
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.kafka import Bootstrap, KafkaPublisher
from events.runtime.service import Job
from events.runtime.stream import Outgoing, Publisher
from events.runtime.waiting import first_of, pause

log = structlog.get_logger()

AT_ONCE = 200
POLL_SECONDS = 0.5
AWAY_SECONDS = 5.0


class Announcer:
    """Args:
    bell: rings at every case that opens; other changes are found by looking twice a second.
    """

    def __init__(self, engine: AsyncEngine, publisher: Publisher, bell: Bell, telemetry: ReportTelemetry) -> None:
        self._engine = engine
        self._publisher = publisher
        self._telemetry = telemetry
        self._rung = bell.waiter()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._rung.clear()
            try:
                if await self.tell() == AT_ONCE:
                    continue
                await first_of(stop, self._rung, seconds=POLL_SECONDS)
            except Unavailable as error:
                log.warning("cases wait to be reported", error=str(error))
                await pause(stop, AWAY_SECONDS)

    async def tell(self) -> int:
        """Tell of up to 200 cases that have changed, and whom to ask again. Returns how many; 0 where another tells.

        Raises:
            Unavailable: Kafka or the database is away; whatever was told will be told again.
        """
        async with transaction(self._engine) as tx:
            if not await reports.take_turn(tx):
                return 0
            due, again = await reports.due(tx, AT_ONCE), await resurveys.due(tx, AT_ONCE)
            if due or again:
                await self._publisher.publish(_records(due, again))
                await reports.told(tx, due)
                await resurveys.told(tx, again)
        self._telemetry.told(len(due))
        return max(len(due), len(again))


def _records(due: Sequence[Due], again: Sequence[Asking]) -> list[Outgoing]:
    """A case that no contract fits (nobody but a hand in the database makes one) must not hold up the others."""
    made: list[tuple[UUID, Callable[[], Event[Any]]]] = [
        *((each.case.case_id, partial(_told, each)) for each in due),
        *((each.case_id, partial(resurvey_requested, each)) for each in again),
    ]
    found = []
    for case_id, make in made:
        try:
            event = make()
        except ValueError:  # its message would repeat the values
            log.warning("a case that does not fit the contract is not reported", case=str(case_id))
            continue
        headers, value = codec.encode(event)
        found.append(Outgoing(codec.topic_of(event).name, codec.key(event), value, headers))
    return found


def _told(due: Due) -> Event[Any]:
    """With the request that the case came of. Raises ValueError."""
    return case_reported(due.case).came_of(due.origin)


def announcing(engine: AsyncEngine, bootstrap: Bootstrap, bell: Bell, telemetry: ReportTelemetry) -> Job:
    """The job that tells the topic."""

    async def job(stop: asyncio.Event) -> None:
        publisher = KafkaPublisher(bootstrap, client_id="alerting-reports")
        try:
            await Announcer(engine, publisher, bell, telemetry).run(stop)
        finally:
            await publisher.close()

    return job
