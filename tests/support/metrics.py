"""Scoring on a database of the test's own, and what its panes must say, from the reference model."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import DEFAULT_TENANT, Event, Payload
from events.hours.business import Calendars
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from scoring.app import MIGRATIONS, SCHEMA
from scoring.core.histogram import Histogram
from scoring.core.measures import HISTOGRAMS
from scoring.core.window import Window
from scoring.handler import Handler
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.reference import ALWAYS, LATER, Reference

EVER = Window(*ALWAYS)

Totals = dict[str, dict[str, int]]
"""Key to measure to total; zeros are left out."""


@asynccontextmanager
async def scoring_database(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(url, SCHEMA)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
        yield engine
    finally:
        await engine.dispose()


async def apply(engine: AsyncEngine, *events: Event[Any]) -> None:
    """As one batch of a consumer."""
    async with transaction(engine) as tx:
        await Handler(Sums(0), Calendars())(tx, events)


async def total(engine: AsyncEngine, **said: Any) -> dict[str, int]:
    """``stored`` of everything; of the window, tenant and time that are said."""
    return (await stored(engine, "all", **said)).get("", {})


async def stored(
    engine: AsyncEngine,
    dimension: str,
    window: Window = EVER,
    tenant: str = DEFAULT_TENANT,
    *,
    now: datetime = LATER,
) -> Totals:
    """As every reader gets them. ``now``: a time by which every repeat window has closed, unless said."""
    async with transaction(engine) as tx:
        found = await Panes().sums(tx, tenant, dimension, window, now=now)
    totals = {key: {name: n for name, n in sums.items() if n} for key, sums in found.items()}
    return {key: total for key, total in totals.items() if total}


def recomputed(
    events: Iterable[Event[Payload]],
    dimension: str,
    window: Window = EVER,
    tenant: str = DEFAULT_TENANT,
    *,
    now: datetime = LATER,
) -> Totals:
    """The same from the latest facts alone, without panes, deltas, a database or any code of scoring's."""
    return Reference(events, tenant).sums(dimension, (window.start, window.end), now=now)


async def histograms(
    engine: AsyncEngine, dimension: str, window: Window = EVER, tenant: str = DEFAULT_TENANT
) -> dict[str, dict[str, Histogram]]:
    """By key and name."""
    async with transaction(engine) as tx:
        return await Panes().histograms(tx, tenant, dimension, window, HISTOGRAMS)
