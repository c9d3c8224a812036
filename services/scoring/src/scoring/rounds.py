"""Doing something again and again beside the server."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from events.runtime.errors import Unavailable
from events.runtime.waiting import pause

log = structlog.get_logger()


async def rounds(stop: asyncio.Event, every: float, once: Callable[[], Awaitable[object]], what: str) -> None:
    """``once`` every so many seconds, until ``stop``. While something it needs is away, the round is left out.

    Args:
        what: what does not happen then, for the log.
    """
    while not stop.is_set():
        try:
            await once()
        except Unavailable as error:
            log.warning(f"{what}: waiting for a dependency", error=str(error))
        await pause(stop, every)
