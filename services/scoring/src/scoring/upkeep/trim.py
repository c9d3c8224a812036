"""The job that keeps the tables short."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from scoring.core.retention import Retention
from scoring.store import trimming

log = structlog.get_logger()

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
            try:
                await self.merge()
                if rounds % 60 == 0:
                    await self.forget(datetime.now(UTC))
            except Unavailable as error:
                log.warning("tables not trimmed", error=str(error))
            rounds += 1
            try:
                await asyncio.wait_for(stop.wait(), self._every)
            except TimeoutError:
                continue

    async def merge(self) -> None:
        """Merge histograms that lie in many pieces. Raises Unavailable."""
        merged = 1
        while merged:
            async with transaction(self._engine) as tx:
                merged = await trimming.merge_histograms(tx)

    async def forget(self, now: datetime) -> None:
        """Remove what is too old at that moment, in small transactions. Raises Unavailable."""
        for step in self._forget:
            gone = 1
            while gone:
                async with transaction(self._engine) as tx:
                    gone = await step(tx, now)
