"""Hearing at once that something was queued, by LISTEN on a connection of its own."""

import asyncio

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.store.listening import listen_once
from alerting.store.outbox import WAKE

log = structlog.get_logger()

RECONNECT_SECONDS = 1.0


class Bell:
    """Rung by every commit that queued a notification. Those who wait also look by themselves, so a bell that is
    silent while its connection is away costs a second, never a notification."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._rung: set[asyncio.Event] = set()

    def waiter(self) -> asyncio.Event:
        """An event of the caller's own, set at every ring; the caller clears it."""
        event = asyncio.Event()
        self._rung.add(event)
        return event

    def ring(self) -> None:
        for event in self._rung:
            event.set()

    async def listen(self, stop: asyncio.Event) -> None:
        """Listen until ``stop``, connecting again whenever the connection is lost."""
        while not stop.is_set():
            try:
                await listen_once(self._engine, WAKE, self.ring, stop)
            except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("not hearing about new notifications; polling", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
