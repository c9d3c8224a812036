"""What the topic ``customer-notes`` has yet to be told."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.origin import NOWHERE, Origin
from profile_sync.core.announcement import Announcement
from profile_sync.store import columns, kept
from profile_sync.store.notes import note_of


class News(NamedTuple):
    """A note became active, or ceased to be, because of a request."""

    tenant: str
    customer_id: str
    what: Literal["noted", "retracted"]
    note_id: str
    origin: Origin = NOWHERE


async def add(tx: AsyncConnection, news: Sequence[News]) -> None:
    """In this order."""
    await tx.execute(_ADD, columns(News._fields, [(*each[:-1], kept(each.origin)) for each in news]))


async def take_turn(tx: AsyncConnection) -> bool:
    """Whether we are the one who tells, until the transaction ends: two at once could tell old news last."""
    return bool(await tx.scalar(_TAKE_TURN))


async def due(tx: AsyncConnection, limit: int) -> list[Announcement]:
    """The oldest first, locked: whoever is erased waits until it is told, and is told of no more afterwards."""
    rows = (await tx.execute(_DUE, {"limit": limit})).all()
    noted = [(row.tenant, row.note_id) for row in rows if row.what == "noted"]
    found = await tx.execute(_NOTES, columns(("tenant", "note_id"), noted)) if noted else ()
    notes = {(row.tenant, row.note_id, "noted"): note_of(row) for row in found}
    return [
        Announcement(row.number, *which[:2], row.customer_id, row.at, notes.get(which), Origin.from_json(row.origin))
        for row in rows
        for which in [(row.tenant, row.note_id, row.what)]
    ]


async def forget(tx: AsyncConnection, told: Sequence[Announcement]) -> None:
    await tx.execute(_FORGET, {"numbers": [each.number for each in told]})


_ADD = text("""
    INSERT INTO announcement (tenant, customer_id, what, note_id, origin)
    SELECT tenant, customer_id, what, note_id, CAST(origin AS jsonb)
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:what AS text[]), CAST(:note_id AS text[]),
        CAST(:origin AS text[])
    ) WITH ORDINALITY AS news (tenant, customer_id, what, note_id, origin, place)
    ORDER BY place
""")
_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('profile-sync announcements'), 0)")
_DUE = text("SELECT * FROM announcement ORDER BY number LIMIT :limit FOR UPDATE")
_NOTES = text("""
    SELECT * FROM note
    WHERE (tenant, note_id) IN (SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:note_id AS text[])))
""")
_FORGET = text("DELETE FROM announcement WHERE number = ANY(CAST(:numbers AS bigint[]))")
