"""Every quarter of a minute: what do the rows say about cases that wait?"""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.store import context
from alerting.store.audit import audit
from alerting.telemetry import AuditTelemetry, ClockTelemetry
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause

log = structlog.get_logger()

EVERY_SECONDS = 15.0


class Auditor:
    def __init__(
        self, engine: AsyncEngine, channels: Sequence[str], telemetry: AuditTelemetry, clocks: ClockTelemetry
    ) -> None:
        self._engine = engine
        self._channels = tuple(channels)
        self._telemetry = telemetry
        self._clocks = clocks
        telemetry.channels(len(self._channels))

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.look()
            except Unavailable as error:
                log.warning("waiting for a dependency", error=str(error))
            await pause(stop, EVERY_SECONDS)

    async def look(self) -> None:
        """Audit once. Raises Unavailable."""
        found = await audit(self._engine, self._channels)
        self._telemetry.audited(found.by_state, found.oldest_open_seconds, found.without_next_step)
        async with transaction(self._engine) as tx:
            self._clocks.counted(await context.counts(tx))
        self._telemetry.reports(found.reports_waiting, found.oldest_report_seconds)
        if found.without_next_step:
            log.error("open cases nobody was told of", cases=found.without_next_step)
