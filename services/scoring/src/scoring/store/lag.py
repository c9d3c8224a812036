"""Whether events are still applied that were accepted long ago: after an outage, an upgrade or a rebuild of the topics.

Numbers of such a time are of half the facts. Nothing that is never taken back may rest on them.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import Event

OLD = timedelta(minutes=15)
QUIET = timedelta(minutes=5)
"""So long after the last of them, the consumers have caught up."""

# Seldom, and never waiting for another consumer that is saying the same.
_SEEN = text(
    "UPDATE catching_up SET seen_at = now() WHERE ctid IN (SELECT ctid FROM catching_up"
    " WHERE seen_at < now() - interval '30 seconds'"
    " AND CAST(:recorded_at AS timestamptz) < now() - CAST(:old AS interval) FOR UPDATE SKIP LOCKED)"
)


async def listen(tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
    """Note where the first of them, the oldest of its partition, is old."""
    if events:
        await tx.execute(_SEEN, {"recorded_at": events[0].recorded_at, "old": OLD})


async def is_behind(tx: AsyncConnection) -> bool:
    return bool(
        await tx.scalar(
            text("SELECT max(seen_at) > now() - CAST(:quiet AS interval) FROM catching_up"), {"quiet": QUIET}
        )
    )
