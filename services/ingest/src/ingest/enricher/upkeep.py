"""What runs beside the worker: keeping the gauges fresh, and the tables short. Both are Jobs once their first arguments
are given."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from ingest.fetch_telemetry import FetchTelemetry
from ingest.store.contacts import Contacts
from ingest.store.parked import backlogs
from ingest.store.queue import Queue

OBSERVE_SECONDS = 5.0
FORGET_SECONDS = 3600.0
AGAIN_SECONDS = 60.0


async def observe(
    engine: AsyncEngine, telemetry: FetchTelemetry, stop: asyncio.Event, *, seconds: float = OBSERVE_SECONDS
) -> None:
    """Keep the gauges of the queue fresh, until ``stop``. While the database is away they stay as they were."""

    async def look() -> None:
        telemetry.behind(await backlogs(engine))

    await _every(seconds, seconds, look, stop)


async def forget_hourly(contacts: Contacts, queue: Queue, stop: asyncio.Event) -> None:
    """Drop what is too old to be of use, until ``stop``."""

    async def forget() -> None:
        await contacts.forget()
        await queue.forget()

    await _every(FORGET_SECONDS, AGAIN_SECONDS, forget, stop)


async def _every(seconds: float, again: float, act: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """``again``: how long to wait where it could not be done."""
    while not stop.is_set():
        try:
            await act()
            wait = seconds
        except Unavailable:
            wait = again
        await pause(stop, wait)
