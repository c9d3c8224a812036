"""Every few seconds: how do things stand? For the gauges."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from profile_sync.store import standing
from profile_sync.telemetry import Standing

EVERY_SECONDS = 5.0
NOTES_EVERY = 60
"""Rounds: notes are counted every five minutes."""


class Watcher:
    def __init__(self, engine: AsyncEngine, gauges: Standing) -> None:
        self._engine = engine
        self._gauges = gauges

    async def run(self, stop: asyncio.Event) -> None:
        rounds = 0
        while not stop.is_set():
            try:
                await self.look()
                if rounds % NOTES_EVERY == 0:
                    await self.count()
                rounds += 1
            except Unavailable:
                pass  # the gauges stay as they were; readiness and the consumer's own counters tell of the database
            await pause(stop, EVERY_SECONDS)

    async def look(self) -> None:
        """Raises Unavailable."""
        async with transaction(self._engine) as tx:
            self._gauges.waiting(await standing.waiting(tx))
            self._gauges.paused(await standing.paused(tx))
            self._gauges.sweeps(await standing.sweeps(tx))

    async def count(self) -> None:
        """Raises Unavailable."""
        async with transaction(self._engine) as tx:
            self._gauges.notes(*await standing.notes(tx))
