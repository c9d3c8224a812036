"""Hearing of every change of a case at once, and asking what changed."""

import asyncio
from collections.abc import Callable, Collection
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction

log = structlog.get_logger()

CHANNEL = "amends_alerting_desk"
"""Rung by triggers: see migration 0003."""

RECONNECT_SECONDS = 1.0

_MARKS = text(
    """
    SELECT c.id, c.revision, (SELECT max(t.id) FROM timeline t WHERE t.case_id = c.id) AS written,
        (SELECT sum(n.attempts) FROM notification n WHERE n.case_id = c.id) AS tried
    FROM recovery_case c WHERE c.id = ANY(CAST(:ids AS uuid[]))
    """
)


async def marks(engine: AsyncEngine, case_ids: Collection[UUID]) -> dict[UUID, object]:
    """Of each case something that differs once it has changed. May raise Unavailable."""
    async with transaction(engine) as tx:
        return {row.id: tuple(row[1:]) for row in await tx.execute(_MARKS, {"ids": list(case_ids)})}


async def listen(engine: AsyncEngine, ring: Callable[[], None], stop: asyncio.Event) -> None:
    """Call ``ring`` at every change until ``stop``, and when the connection is new: something may be missed."""
    while not stop.is_set():
        try:
            await _session(engine, ring, stop)
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("not hearing about changes of cases", error=type(error).__name__)
            await _pause(stop)


async def _session(engine: AsyncEngine, ring: Callable[[], None], stop: asyncio.Event) -> None:
    async with engine.connect() as connection:
        lost = asyncio.Event()
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None  # noqa: S101  (narrowing: only a closed connection has none)
        raw.add_termination_listener(lambda _: lost.set())
        await raw.add_listener(CHANNEL, lambda *_: ring())
        ring()
        ends = [asyncio.ensure_future(event.wait()) for event in (stop, lost)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            await connection.invalidate()  # a connection that listens must not go back to the pool


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), RECONNECT_SECONDS)
    except TimeoutError:
        return
