"""Hearing of every change of a case at once, and asking what changed."""

import asyncio
from collections.abc import Callable, Collection
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.store.listening import listen_once
from events.runtime.database import transaction
from events.runtime.waiting import pause

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
    """Call ``ring`` at every change until ``stop``, and whenever the connection is new."""
    while not stop.is_set():
        try:
            await listen_once(engine, CHANNEL, ring, stop)
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("not hearing about changes of cases", error=type(error).__name__)
            await pause(stop, RECONNECT_SECONDS)
