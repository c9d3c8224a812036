"""Recomputing all sums from the facts beside the ones in use, then putting them in their place; all while live.

A fact says in which generation of the sums it was last counted. The rebuild counts facts that are not in the next
generation yet, consumers that change a fact meanwhile count it there too: each is counted once, by whoever comes first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.hours.business import Calendars
from events.runtime.database import transaction
from events.runtime.errors import Stuck, Unavailable
from scoring.core import facts
from scoring.core.batch import Change, Key
from scoring.core.clock import minute_of
from scoring.core.facts.contact import Contact
from scoring.core.pane import Delta, floor
from scoring.core.retention import Retention
from scoring.store import facts as kept
from scoring.store import generations
from scoring.store.sums import SHARDS, Sums

AT_ONCE = 1_000
ATTEMPTS = 20
PAUSE_SECONDS = 0.25
# Consumers lock contacts before customers and surveys. A step that has both would lock them in another order.
PASSES = (r"id NOT LIKE 'customer/%' AND id NOT LIKE 'survey/%'", r"(id LIKE 'customer/%' OR id LIKE 'survey/%')")
T = TypeVar("T")


async def rebuild(
    engine: AsyncEngine,
    calendars: Calendars,
    retention: Retention = Retention(),  # noqa: B008  (frozen)
    tell: Callable[[int], None] = lambda done: None,
) -> int:
    """Rebuild, and return how many facts were counted.

    Args:
        retention: what is kept; days whose facts may be gone are carried over as they are.
        tell: told after each step how many facts were counted so far.

    Raises:
        Stuck: another rebuild is under way.
        Unavailable: the database is away; the sums in use are as they were. Start again.
    """
    sums = Sums(SHARDS)  # no consumer's, so that neither waits for the other's totals
    async with transaction(engine) as lock:
        await lock.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        if not await lock.scalar(text(f"SELECT pg_try_advisory_xact_lock({generations.REBUILDING})")):
            raise Stuck("another rebuild is under way")
        now = await lock.scalar(text("SELECT now()"))
        oldest = tuple(minute_of(retention.horizon(grain, now)) for grain in ("minute", "hour"))
        generation = await _patiently(engine, generations.begin)
        done = 0
        for which in PASSES:
            place, counted = Key("", ""), AT_ONCE
            while counted == AT_ONCE:
                count = partial(_count, sums=sums, calendars=calendars, generation=generation, oldest=oldest)
                step = partial(count, place=place, which=which)
                place, counted = await _patiently(engine, step)
                done += counted
                tell(done)
        horizon = minute_of(floor(now - retention.facts, timedelta(days=1)))
        await _patiently(engine, partial(generations.swap, horizon=horizon))
    return done


async def _patiently(engine: AsyncEngine, step: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """One step in a transaction of its own, tried again where consumers were in its way. Raises Unavailable."""
    for attempt in range(ATTEMPTS):
        try:
            async with transaction(engine) as tx:
                return await step(tx)
        except Unavailable:
            if attempt == ATTEMPTS - 1:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError


async def _count(
    tx: AsyncConnection,
    *,
    sums: Sums,
    calendars: Calendars,
    generation: generations.Generation,
    oldest: tuple[int, ...],
    place: Key,
    which: str,
) -> tuple[Key, int]:
    """Count the next facts. Those that are new since are the consumers' to count."""
    await generations.shared(tx)
    statement = text(
        "SELECT tenant, id, state FROM fact"  # noqa: S608  (a condition of ours)
        f" WHERE (tenant, id) > (:tenant, :id) AND generation <> :next AND {which}"
        " ORDER BY tenant, id LIMIT :most FOR UPDATE"
    )
    rows = (await tx.execute(statement, {**place._asdict(), "next": generation.next, "most": AT_ONCE})).all()
    delta, in_use, changes = Delta(), Delta(), {}
    for row in rows:
        fact = facts.load(row.id, row.state)
        recalled = fact.recalled(calendars) if isinstance(fact, Contact) else fact
        delta.add(row.tenant, recalled.contributions())
        if recalled != fact:  # a correction will take back what is kept now, from the sums in use as well
            in_use.add(row.tenant, fact.contributions(), -1)
            in_use.add(row.tenant, recalled.contributions())
        changes[Key(row.tenant, row.id)] = Change(fact, recalled)
    if rows:
        await kept.write(tx, changes, changes.keys(), generation.written)
        await sums.add(tx, in_use, oldest=oldest)
        await sums.add(tx, delta, suffix=generations.SUFFIX, oldest=oldest)
        place = Key(rows[-1].tenant, rows[-1].id)
    return place, len(rows)
