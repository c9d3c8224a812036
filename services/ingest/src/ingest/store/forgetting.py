"""Dropping what is too old, in steps: all of a backlog at once would run into the statement timeout."""

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction

AT_ONCE = 20_000


async def in_steps(engine: AsyncEngine, delete: TextClause, days: int) -> int:
    """Repeat ``delete``, which takes ``:days`` and ``:most``, until it finds less than that. Returns how many are gone.

    Raises Unavailable where the database is away; what is gone by then stays gone.
    """
    gone, found = 0, AT_ONCE
    while found == AT_ONCE:
        async with transaction(engine) as tx:
            found = (await tx.execute(delete, {"days": days, "most": AT_ONCE})).rowcount
        gone += found
    return gone
