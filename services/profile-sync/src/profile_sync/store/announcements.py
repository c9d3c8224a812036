"""What the topic ``customer-notes`` has yet to be told."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.store import columns


class News(NamedTuple):
    """A note became active, or ceased to be."""

    tenant: str
    customer_id: str
    what: Literal["noted", "retracted"]
    note_id: str


async def add(tx: AsyncConnection, news: Sequence[News]) -> None:
    """In this order."""
    await tx.execute(_ADD, columns(News._fields, news))


_ADD = text("""
    INSERT INTO announcement (tenant, customer_id, what, note_id)
    SELECT tenant, customer_id, what, note_id
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:what AS text[]), CAST(:note_id AS text[])
    ) WITH ORDINALITY AS news (tenant, customer_id, what, note_id, place)
    ORDER BY place
""")
