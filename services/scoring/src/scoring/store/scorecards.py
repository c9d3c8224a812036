"""What was last told of each scorecard."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TOLD = text(
    "INSERT INTO scorecard (tenant, dimension, key, span, digest, told_at)"
    " SELECT :tenant, dimension, key, span, digest, :at"
    " FROM unnest(CAST(:dimensions AS text[]), CAST(:keys AS text[]), CAST(:spans AS text[]),"
    " CAST(:digests AS bytea[])) AS new(dimension, key, span, digest)"
    " ON CONFLICT (tenant, dimension, key, span) DO UPDATE SET digest = excluded.digest, told_at = excluded.told_at"
)


class Card(NamedTuple):
    """Of whom, over which window."""

    dimension: str
    key: str
    window: str


class Told(NamedTuple):
    digest: bytes
    at: datetime


async def told(tx: AsyncConnection, tenant: str) -> dict[Card, Told]:
    found = await tx.execute(
        text("SELECT dimension, key, span, digest, told_at FROM scorecard WHERE tenant = :tenant"), {"tenant": tenant}
    )
    return {Card(row.dimension, row.key, row.span): Told(bytes(row.digest), row.told_at) for row in found}


async def tell(tx: AsyncConnection, tenant: str, cards: Mapping[Card, bytes], at: datetime) -> None:
    """These have been told, with these digests."""
    values = {
        "dimensions": [card.dimension for card in cards],
        "keys": [card.key for card in cards],
        "spans": [card.window for card in cards],
        "digests": list(cards.values()),
    }
    if cards:
        await tx.execute(_TOLD, {**values, "tenant": tenant, "at": at})
