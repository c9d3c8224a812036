"""LISTEN on a connection of its own: hearing at once, as long as the connection lasts, that something was written."""

import asyncio
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.waiting import first_of


async def listen_once(engine: AsyncEngine, channel: str, ring: Callable[[], None], stop: asyncio.Event) -> None:
    """Call ``ring`` now, as something may have been missed, and at every notification, until ``stop`` or the end of
    the connection. Raises what SQLAlchemy, asyncpg or the network raise."""
    async with engine.connect() as connection:
        lost = asyncio.Event()
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None  # noqa: S101  (narrowing: only a closed connection has none)
        raw.add_termination_listener(lambda _: lost.set())
        await raw.add_listener(channel, lambda *_: ring())
        ring()
        try:
            await first_of(stop, lost)
        finally:
            await connection.invalidate()  # a connection that listens must not go back to the pool
