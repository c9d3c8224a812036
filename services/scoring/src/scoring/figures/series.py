"""A metric over time: by minute, hour or local day."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from events.hours.zones import day_start, local_day
from scoring.core.measures import Sums
from scoring.core.pane import GRAINS, ceiling, floor
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.store.panes import Panes

Grain = Literal["minute", "hour", "day"]
LENGTHS = dict(GRAINS)
MOST_POINTS = 2_000
MOST_DAYS = 400


class Forgotten(ValueError):
    """Sums that fine are not kept that long, or there are too many; ask for a coarser grain or a later window."""


@dataclass(frozen=True, slots=True)
class Point:
    """The sums from ``start`` to ``end``; nothing in them where nothing happened."""

    start: datetime
    end: datetime
    sums: Sums


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose sums, and which."""

    tenant: str
    dimension: str
    key: str
    measures: frozenset[str]


class Series:
    def __init__(self, panes: Panes, retention: Retention) -> None:
        self._panes = panes
        self._retention = retention

    async def read(self, tx: AsyncConnection, whose: Whose, window: Window, grain: Grain, now: datetime) -> list[Point]:
        """Every minute, hour or local day that the window touches, oldest first. Raises Forgotten.

        Days are those of the window's time zone, as far back as hours are kept (a zone that is off the hour: minutes);
        older ones are days in UTC.
        """
        if grain == "day":
            return await self._days(tx, whose, window, now)
        length = LENGTHS[grain]
        start, end = floor(window.start, length), ceiling(window.end, length)
        if start < self._retention.horizon(grain, now):
            raise Forgotten("is finer than what is kept of that time; ask for a coarser grain or a later window")
        if (end - start) // length > MOST_POINTS:
            raise Forgotten(f"gives more than {MOST_POINTS} points; ask for a coarser grain or a shorter window")
        edges = [start + number * length for number in range((end - start) // length + 1)]
        return await self._folded(tx, whose, edges, grain, now)

    async def _days(self, tx: AsyncConnection, whose: Whose, window: Window, now: datetime) -> list[Point]:
        if window.length > timedelta(days=MOST_DAYS):
            raise Forgotten(f"gives more than {MOST_DAYS} points; ask for a shorter window")
        edges = sorted({self._kept(edge, now) for edge in day_edges(window)})
        on_the_hour = all(floor(edge, LENGTHS["hour"]) == edge for edge in edges)
        if on_the_hour and edges[0] >= self._retention.horizon("hour", now):
            return await self._folded(tx, whose, edges, "hour", now)
        return [await self._point(tx, whose, Window(start, end), now) for start, end in pairwise(edges)]

    def _kept(self, edge: datetime, now: datetime) -> datetime:
        """The start of a pane that is still there, at or before."""
        if edge < self._retention.horizon("hour", now):
            return floor(edge, LENGTHS["day"])
        return floor(edge, LENGTHS["hour"]) if edge < self._retention.horizon("minute", now) else edge

    async def _point(self, tx: AsyncConnection, whose: Whose, window: Window, now: datetime) -> Point:
        found = await self._panes.sums(
            tx, whose.tenant, whose.dimension, window, now=now, key=whose.key, measures=whose.measures
        )
        return Point(window.start, window.end, found.get(whose.key, {}))

    async def _folded(
        self, tx: AsyncConnection, whose: Whose, edges: Sequence[datetime], grain: Grain, now: datetime
    ) -> list[Point]:
        """Panes added up between edges that are edges of panes, too."""
        found = await self._panes.series(
            tx,
            whose.tenant,
            whose.dimension,
            whose.key,
            Window(edges[0], edges[-1]),
            grain,
            now=now,
            measures=whose.measures,
        )
        totals: list[dict[str, int]] = [{} for _ in edges[1:]]
        for start, sums in found:
            total = totals[bisect_right(edges, start) - 1]
            for measure in whose.measures:
                total[measure] = total.get(measure, 0) + sums.get(measure, 0)
        return [Point(start, end, sums) for (start, end), sums in zip(pairwise(edges), totals, strict=True)]


def day_edges(window: Window) -> Iterator[datetime]:
    """When the days that the window touches begin in its time zone, and when the last one ends."""
    day, last = local_day(window.start, window.zone), local_day(window.end - timedelta(minutes=1), window.zone)
    while day <= last:
        yield day_start(day, window.zone)
        day += timedelta(days=1)
    yield day_start(day, window.zone)
