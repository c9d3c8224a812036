"""Which sums are in use, and which are being rebuilt beside them."""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import measures
from scoring.core.pane import GRAIN_NUMBERS

SUFFIX = "_next"
REBUILDING = "hashtext('amends scoring rebuild')"
"""The lock that whoever rebuilds holds all the while."""
# A queue, unlike row locks, which let those who share pass whoever waits to be alone.
_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('amends scoring generation'))")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('amends scoring generation'))")
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
    await tx.execute(_SHARE)
    return await _now(tx)


async def begin(tx: AsyncConnection) -> Generation:
    """Empty sums beside those in use; waits for the transactions that do not know of them yet."""
    await tx.execute(_ALONE)
    found = await _now(tx)
    await _drop_next(tx)
    for table in TABLES:
        await tx.execute(text(f"CREATE TABLE {table}{SUFFIX} (LIKE {table} INCLUDING ALL)"))
    # Facts that an abandoned rebuild has counted must be counted again, so a number is never used twice.
    following = max(found.current, found.next or 0) % 30_000 + 1
    await tx.execute(text("UPDATE generation SET next = :next"), {"next": following})
    return Generation(found.current, following)


async def swap(tx: AsyncConnection, horizon: int) -> None:
    """The rebuilt sums take the place of those in use, at once for everybody.

    ``horizon``: days that begin before this minute (since 1970) are carried over, since their facts may be gone.
    """
    await tx.execute(_ALONE)
    for table in TABLES:
        await tx.execute(text(f"DELETE FROM {table}{SUFFIX} WHERE start < :horizon"), {"horizon": horizon})  # noqa: S608
        carried = f"INSERT INTO {table}{SUFFIX} SELECT * FROM {table} WHERE grain = :days AND start < :horizon"  # noqa: S608
        await tx.execute(text(carried), {"days": GRAIN_NUMBERS["day"], "horizon": horizon})
        await tx.execute(text(f"DROP TABLE {table}"))
        await tx.execute(text(f"ALTER TABLE {table}{SUFFIX} RENAME TO {table}"))
    await tx.execute(text("UPDATE generation SET current = next, next = NULL"))


async def abandon(tx: AsyncConnection) -> bool:
    """Forget a rebuild that nobody works on any more, so that nobody writes for it. Returns whether there was one."""
    if not await tx.scalar(text(f"SELECT pg_try_advisory_xact_lock({REBUILDING})")):
        return False
    if (await _now(tx)).next is None:  # and so it stays: whoever begins one holds the lock we have
        return False
    await tx.execute(_ALONE)
    await _drop_next(tx)
    await tx.execute(text("UPDATE generation SET current = next, next = NULL"))
    return True


async def _now(tx: AsyncConnection) -> Generation:
    row = (await tx.execute(text("SELECT current, next FROM generation"))).one()
    return Generation(row.current, row.next)


async def _drop_next(tx: AsyncConnection) -> None:
    for table in TABLES:
        await tx.execute(text(f"DROP TABLE IF EXISTS {table}{SUFFIX}"))
