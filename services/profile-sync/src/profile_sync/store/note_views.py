"""Notes as people see them: with the remark they were found in. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.preferences import Customer, NoteId, Status

HISTORY = 200


class Wanted(NamedTuple):
    """Which notes. ``hints``: those read from habits too."""

    status: Status
    kind: str | None
    customer_id: str | None
    hints: bool


async def one(tx: AsyncConnection, tenant: str, note_id: NoteId) -> RowMapping | None:
    found = await tx.execute(_ONE, {"tenant": tenant, "note_id": note_id})
    return found.mappings().one_or_none()


async def of_customer(tx: AsyncConnection, who: Customer) -> Sequence[RowMapping]:
    """What is active, what is proposed, and of the rest the newest; 200 at most, each newest first."""
    found = await tx.execute(_OF_CUSTOMER, {**who._asdict(), "limit": HISTORY})
    return found.mappings().all()


async def page(
    tx: AsyncConnection, tenant: str, wanted: Wanted, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[RowMapping]:
    """The one heard of first comes first."""
    at, id_ = after or (None, None)
    place = {"at": at, "id": id_.hex if id_ else None, "limit": limit}
    found = await tx.execute(_PAGE, {"tenant": tenant, **wanted._asdict(), **place})
    return found.mappings().all()


async def counts(tx: AsyncConnection, tenant: str, wanted: Wanted) -> dict[str, int]:
    """By kind, whatever kind is wanted."""
    rows = await tx.execute(_COUNTS, {"tenant": tenant, **wanted._replace(kind=None)._asdict()})
    return {row.kind: row.n for row in rows}


# A remark is kept of the newest report alone: the places of an older one mean nothing in it.
_NOTES = """
    SELECT note.*, CASE WHEN (note.version, note.event_id) = (response.version, response.event_id) THEN comment END
        AS comment
    FROM note LEFT JOIN response USING (tenant, source, response_id)
"""
_ONE = text(f"{_NOTES} WHERE note.tenant = :tenant AND note_id = :note_id")
_OF_CUSTOMER = text(f"""{_NOTES}
    WHERE note.tenant = :tenant AND customer_id = :customer_id
    ORDER BY status = 'active' DESC, status = 'proposed' DESC, stated_at DESC, note.version DESC, note_id LIMIT :limit
""")
_AMONG = """
    note.tenant = :tenant AND status = :status AND (CAST(:kind AS text) IS NULL OR kind = :kind)
    AND (CAST(:customer_id AS text) IS NULL OR customer_id = :customer_id)
    AND (:hints OR extractor NOT LIKE 'habit/%')
"""
_PAGE = text(f"""{_NOTES}
    WHERE {_AMONG} AND (CAST(:at AS timestamptz) IS NULL OR (recorded_at, note_id) > (:at, :id))
    ORDER BY recorded_at, note_id LIMIT :limit
""")
_COUNTS = text(f"SELECT kind, count(*) AS n FROM note WHERE {_AMONG} GROUP BY kind ORDER BY kind")  # noqa: S608
