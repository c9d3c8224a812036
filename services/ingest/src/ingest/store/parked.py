"""What people see of the queue, and what they may do about it: look, and let go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from ingest.core.replies import Reason
from ingest.fetch_telemetry import Backlog
from ingest.store.schema import Owner


@dataclass(frozen=True, slots=True)
class Parked:
    """One thing that was given up. ``pointers``: where in the fetched document the trouble was; never its content."""

    id: str
    reason: Reason
    pointers: tuple[str, ...]
    received_at: datetime
    attempts: int


async def parked(engine: AsyncEngine, owner: Owner, *, most: int = 100) -> list[Parked]:
    """The newest of them first. Raises Unavailable."""
    async with transaction(engine) as tx:
        rows = await tx.execute(_PARKED, {**owner._asdict(), "most": most})
        return [Parked(r.id, Reason(r.reason), tuple(r.pointers), r.received_at, r.attempts) for r in rows]


async def release(engine: AsyncEngine, owner: Owner, id_: str | None = None) -> int:
    """Fetch again what is parked: one thing, or all of the source; without ``id_`` its pause ends, too, and what waits
    for another try is due now. Returns how many were parked. Raises Unavailable."""
    async with transaction(engine) as tx:
        if id_ is None:
            await tx.execute(_UNPAUSE, owner._asdict())
            await tx.execute(_HURRY, owner._asdict())
        return (await tx.execute(_RELEASE, {**owner._asdict(), "id": id_})).rowcount


async def backlogs(engine: AsyncEngine) -> list[Backlog]:
    """One for each source that ever announced something. Raises Unavailable."""
    async with transaction(engine) as tx:
        return [
            Backlog(row.tenant, row.source, row.waiting, row.parked, row.oldest, row.reason and Reason(row.reason))
            for row in await tx.execute(_BACKLOGS)
        ]


_PARKED = text("""
    SELECT id, reason, pointers, received_at, attempts FROM enrichment
    WHERE tenant = :tenant AND source = :source AND state = 'parked' ORDER BY received_at DESC LIMIT :most
""")
_RELEASE = text("""
    UPDATE enrichment SET
        state = 'waiting', reason = NULL, pointers = '{}', attempts = 0, failing_since = NULL, next_attempt_at = now()
    WHERE tenant = :tenant AND source = :source AND state = 'parked'
        AND (CAST(:id AS text) IS NULL OR id = CAST(:id AS text))
""")
_UNPAUSE = text("UPDATE enrichment_source SET paused_until = NULL WHERE tenant = :tenant AND source = :source")
_HURRY = text("""
    UPDATE enrichment SET next_attempt_at = now()
    WHERE tenant = :tenant AND source = :source AND state = 'waiting' AND next_attempt_at > now()
""")
_BACKLOGS = text("""
    SELECT owner.tenant, owner.source, waiting.count AS waiting, waiting.oldest, parked.count AS parked,
        CASE WHEN paused_until > now() THEN reason END AS reason
    FROM enrichment_source AS owner,
        LATERAL (
            SELECT count(*) AS count, min(received_at) AS oldest FROM enrichment
            WHERE tenant = owner.tenant AND source = owner.source AND state = 'waiting'
        ) AS waiting,
        LATERAL (
            SELECT count(*) AS count FROM enrichment
            WHERE tenant = owner.tenant AND source = owner.source AND state = 'parked'
        ) AS parked
    ORDER BY owner.tenant, owner.source
""")
