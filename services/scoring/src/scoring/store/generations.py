"""Which sums are in use, and which are being rebuilt beside them."""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import measures

SUFFIX = "_next"
TABLES = (*(f"{table}_pane" for table in measures.TABLES), "histogram")


class Generation(NamedTuple):
    """``current``: what is read. ``next``: what a rebuild is filling, if one is on."""

    current: int
    next: int | None

    @property
    def written(self) -> int:
        """What a fact that is written now has been counted in."""
        return self.current if self.next is None else self.next


async def shared(tx: AsyncConnection) -> Generation:
    """As it stays until the transaction ends."""
    row = (await tx.execute(text("SELECT current, next FROM generation FOR SHARE"))).one()
    return Generation(row.current, row.next)


async def begin(tx: AsyncConnection) -> Generation:
    """Empty sums beside those in use; waits for the transactions that do not know of them yet."""
    found = (await tx.execute(text("SELECT current, next FROM generation FOR UPDATE"))).one()
    await abandon(tx)
    for table in TABLES:
        await tx.execute(text(f"CREATE TABLE {table}{SUFFIX} (LIKE {table} INCLUDING ALL)"))
    # Facts that an abandoned rebuild has counted must be counted again, so a number is never used twice.
    following = max(found.current, found.next or 0) % 30_000 + 1
    await tx.execute(text("UPDATE generation SET next = :next"), {"next": following})
    return Generation(found.current, following)


async def swap(tx: AsyncConnection) -> None:
    """The rebuilt sums take the place of those in use, at once for everybody."""
    await tx.execute(text("SELECT 1 FROM generation FOR UPDATE"))
    for table in TABLES:
        await tx.execute(text(f"DROP TABLE {table}"))
        await tx.execute(text(f"ALTER TABLE {table}{SUFFIX} RENAME TO {table}"))
    await tx.execute(text("UPDATE generation SET current = next, next = NULL"))


async def abandon(tx: AsyncConnection) -> None:
    """Forget a rebuild that was not finished."""
    for table in TABLES:
        await tx.execute(text(f"DROP TABLE IF EXISTS {table}{SUFFIX}"))
