"""The job that keeps what was appended in few pieces, and leaves no rebuild half done."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from scoring.core.clock import minute_of
from scoring.store import generations, trimming

log = structlog.get_logger()

ROUNDS = 60
"""Of merging lately written histograms, to one of all."""
RECENT = timedelta(days=2)


class Trimmer:
    """Merges histograms every minute, and looks for a rebuild that was left every hour. Any number of replicas may."""

    def __init__(self, engine: AsyncEngine, *, every: float = 60.0) -> None:
        """``every``: seconds."""
        self._engine = engine
        self._every = every

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``."""
        rounds = 0
        while not stop.is_set():
            whole = rounds % ROUNDS == 0
            await self._try(self.merge(datetime.now(UTC), whole=whole))
            if whole:
                await self._try(self.abandon())
            rounds += 1
            await pause(stop, self._every)

    async def merge(self, now: datetime, *, whole: bool = True) -> None:
        """Merge histograms that lie in many pieces: all, or those of the last two days. Raises Unavailable."""
        since = 0 if whole else minute_of(now - RECENT)
        merged = 1
        while merged:
            async with transaction(self._engine) as tx:
                merged = await trimming.merge_histograms(tx, since=since)

    async def abandon(self) -> None:
        """Forget a rebuild that nobody works on any more. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            if await generations.abandon(tx):
                log.error("a rebuild was not finished and is forgotten: run amends scoring rebuild again")

    async def _try(self, step: Awaitable[None]) -> None:
        try:
            await step
        except Unavailable as error:
            log.warning("tables not trimmed", error=str(error))
