"""Recomputing all sums from the facts beside the ones in use, then putting them in their place; all while live.

A fact says in which generation of the sums it was last counted. The rebuild counts facts that are not in the next
generation yet, consumers that change a fact meanwhile count it there too: each is counted once, by whoever comes first.
"""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from scoring.core import facts
from scoring.core.batch import Change, Key
from scoring.core.facts.contact import Contact
from scoring.core.hours import Calendars
from scoring.core.pane import Delta
from scoring.store import facts as kept
from scoring.store import generations
from scoring.store.sums import Sums

AT_ONCE = 1_000
_NEXT = text(
    "SELECT tenant, id, state FROM fact WHERE (tenant, id) > (:tenant, :id) AND generation <> :next"
    " ORDER BY tenant, id LIMIT :most FOR UPDATE"
)


async def rebuild(
    engine: AsyncEngine, sums: Sums, calendars: Calendars, tell: Callable[[int], None] = lambda done: None
) -> int:
    """Rebuild, and return how many facts were counted. Only one runs at a time: others wait.

    Args:
        tell: told after each step how many facts were counted so far.

    Raises:
        Unavailable: the database is away; the sums in use are as they were. Start again.
    """
    async with transaction(engine) as lock:
        await lock.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await lock.execute(text("SET LOCAL lock_timeout = 0"))
        await lock.execute(text("SELECT pg_advisory_xact_lock(hashtext('amends scoring rebuild'))"))
        async with transaction(engine) as tx:
            generation = await generations.begin(tx)
        place, done = Key("", ""), 0
        while True:
            async with transaction(engine) as tx:
                place, counted = await _count(tx, sums, calendars, generation, place)
            done += counted
            tell(done)
            if counted < AT_ONCE:
                break
        async with transaction(engine) as tx:
            await generations.swap(tx)
    return done


async def _count(
    tx: AsyncConnection, sums: Sums, calendars: Calendars, generation: generations.Generation, place: Key
) -> tuple[Key, int]:
    """Count the next facts. Those that are new since are the consumers' to count."""
    await generations.shared(tx)
    rows = (await tx.execute(_NEXT, {**place._asdict(), "next": generation.next, "most": AT_ONCE})).all()
    delta, changes = Delta(), {}
    for row in rows:
        fact = facts.load(row.id, row.state)
        recalled = fact.recalled(calendars) if isinstance(fact, Contact) else fact
        delta.add(row.tenant, recalled.contributions())
        changes[Key(row.tenant, row.id)] = Change(fact, recalled)
    if rows:
        await kept.write(tx, changes, changes.keys(), generation.written)
        await sums.add(tx, delta, suffix=generations.SUFFIX)
        place = Key(rows[-1].tenant, rows[-1].id)
    return place, len(rows)
