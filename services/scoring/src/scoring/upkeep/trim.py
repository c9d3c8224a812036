"""The job that keeps the tables short."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.reloading import pause
from scoring.core.clock import minute_of
from scoring.core.retention import Retention
from scoring.store import generations, trimming

log = structlog.get_logger()

ROUNDS = 60
"""Of merging, between two of forgetting."""
RECENT = timedelta(days=2)

Forget = Callable[[AsyncConnection, datetime], Awaitable[int]]
"""Removes a part of what is too old at that moment. Returns how much: 0 when nothing is left."""


class Trimmer:
    """Merges histograms every minute and forgets what is old every hour. Any number of replicas may do it."""

    def __init__(
        self, engine: AsyncEngine, retention: Retention, *, forget: tuple[Forget, ...] = (), every: float = 60.0
    ) -> None:
        """``forget``: what other parts want removed too. ``every``: seconds."""
        self._engine = engine
        self._every = every
        self._forget: tuple[Forget, ...] = (
            lambda tx, now: trimming.forget_panes(tx, retention, now),
            lambda tx, now: trimming.forget_facts(tx, retention, now),
            *forget,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``."""
        rounds = 0
        while not stop.is_set():
            whole = rounds % ROUNDS == 0
            await self._try(self.merge(datetime.now(UTC), whole=whole))
            if whole:
                await self.forget(datetime.now(UTC))
            rounds += 1
            await pause(stop, self._every)

    async def merge(self, now: datetime, *, whole: bool = True) -> None:
        """Merge histograms that lie in many pieces: all, or those of the last two days. Raises Unavailable."""
        since = 0 if whole else minute_of(now - RECENT)
        merged = 1
        while merged:
            async with transaction(self._engine) as tx:
                merged = await trimming.merge_histograms(tx, since=since)

    async def forget(self, now: datetime) -> None:
        """Remove what is too old at that moment, in small transactions; what fails is tried again in the next round."""
        await self._try(self._abandon())
        for step in self._forget:
            await self._try(self._all_of(step, now))

    async def _all_of(self, step: Forget, now: datetime) -> None:
        gone = 1
        while gone:
            async with transaction(self._engine) as tx:
                gone = await step(tx, now)

    async def _abandon(self) -> None:
        async with transaction(self._engine) as tx:
            if await generations.abandon(tx):
                log.error("a rebuild was not finished and is forgotten: run amends scoring rebuild again")

    async def _try(self, step: Awaitable[None]) -> None:
        try:
            await step
        except Unavailable as error:
            log.warning("tables not trimmed", error=str(error))
