"""The panes as tidy rows, read a bounded piece at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric
from scoring.core.pane import GRAINS, ceiling, floor
from scoring.core.window import Window
from scoring.store.panes import Panes

LENGTHS: dict[str, timedelta] = dict(GRAINS)
AT_ONCE = 500
"""Panes read by one statement."""
MOST_ROWS = 20_000_000


class Row(NamedTuple):
    """One metric of one key in one pane. ``value`` is None where there is no data; ``low`` to ``high`` is 95 %."""

    start: datetime
    dimension: str
    key: str
    metric: str
    value: float | None
    n: int
    low: float | None
    high: float | None
    definition_version: int


class TooMuch(ValueError):
    """More rows than a file should have; the text says what to do about it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for. ``key`` None: every key of the dimension. The window is of whole panes."""

    tenant: str
    dimension: str
    key: str | None
    metrics: tuple[Metric, ...]
    window: Window
    grain: str
    now: datetime

    @property
    def measures(self) -> frozenset[str]:
        return frozenset(measure for metric in self.metrics for measure in metric.measures)

    @property
    def panes(self) -> int:
        return (self.window.end - self.window.start) // LENGTHS[self.grain]


def asked(names: tuple[str, ...]) -> tuple[Metric, ...]:
    """The metrics, each followed by those that it is never shown without."""
    found = (METRICS[n] for name in names for n in (name, *METRICS[name].beside))
    return tuple(dict.fromkeys(found))


def whole(window: Window, grain: str, now: datetime) -> Window:
    """The panes of the grain that touch the window, up to the one under way. ValueError where none has begun."""
    length = LENGTHS[grain]
    end = min(ceiling(window.end, length), ceiling(now, length))
    start = floor(window.start, length)
    if start >= end:
        raise ValueError("must not be in the future")
    return Window(start, end)


class Reading:
    """An export under way. Each piece is read in a transaction of its own: a client that is slow holds up nobody, and
    what changes in the meantime may be in one piece and not yet in another.
    """

    def __init__(self, engine: AsyncEngine, panes: Panes, question: Question) -> None:
        self._engine = engine
        self._panes = panes
        self._question = question

    async def keys(self) -> list[str]:
        """The keys there are numbers for. Raises TooMuch, Unavailable."""
        q = self._question
        async with transaction(self._engine) as tx:
            found = await self._panes.sums(
                tx, q.tenant, q.dimension, q.window, now=q.now, key=q.key, measures=q.measures
            )
        rows = len(found) * q.panes * len(q.metrics)
        if rows > MOST_ROWS:
            raise TooMuch(
                f"may be {rows:,} rows, more than the {MOST_ROWS:,} of one file: name fewer metrics or one key,"
                " or take a shorter window or a coarser grain"
            )
        return list(found)

    async def pieces(self, keys: list[str]) -> AsyncIterator[list[Row]]:
        """By key, then by time; a piece is never empty. Raises Unavailable."""
        q = self._question
        for key in keys:
            for part in _parts(q.window, LENGTHS[q.grain] * AT_ONCE):
                async with transaction(self._engine) as tx:
                    series = await self._panes.series(
                        tx, q.tenant, q.dimension, key, part, q.grain, now=q.now, measures=q.measures
                    )
                rows = await asyncio.to_thread(_piece, q, key, series)  # thousands of formulas: others go on meanwhile
                if rows:
                    yield rows


def _parts(window: Window, length: timedelta) -> Iterator[Window]:
    start = window.start
    while start < window.end:
        end = min(window.end, start + length)
        yield Window(start, end)
        start = end


def _piece(question: Question, key: str, series: list[tuple[datetime, Sums]]) -> list[Row]:
    return [row for start, sums in series for row in _rows(question, key, start, sums)]


def _rows(question: Question, key: str, start: datetime, sums: Sums) -> Iterator[Row]:
    """The metrics that have data, and beside each, with or without, those that it is never shown without."""
    values = {metric.name: metric.compute(sums) for metric in question.metrics}
    shown = {name for metric in question.metrics if values[metric.name].n for name in (metric.name, *metric.beside)}
    for metric in question.metrics:
        if metric.name in shown:
            value = values[metric.name]
            low, high = value.interval or (None, None)
            yield Row(start, question.dimension, key, metric.name, value.value, value.n, low, high, metric.version)
