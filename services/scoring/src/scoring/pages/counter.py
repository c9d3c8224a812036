"""The public numbers, computed at most every few seconds however many ask."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric, Value
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.pages import words
from scoring.pages.published import Published
from scoring.store.panes import Panes, zero

EVERY_SECONDS = 5.0
STALE_SECONDS = 900.0
"""While the database is away the last numbers stand, with their window, for so long."""
RETRY_SECONDS = 2.0
"""Whoever asks meanwhile is not made to wait for a database that did not answer a moment ago."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One public number; ``value`` is None where there are fewer answers than the operator asks for."""

    metric: Metric
    value: Value
    enough: bool

    @property
    def text(self) -> str:
        if not self.enough or self.value.value is None:
            return ""
        return words.value(self.value.value, self.metric.unit, name=self.metric.name)

    @property
    def interval(self) -> str:
        return words.interval(self.value.interval, self.metric.unit, name=self.metric.name) if self.enough else ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    published: Published
    window: Window
    readings: tuple[Reading, ...]


class Counter:
    """Reads what is published, one reader at a time."""

    def __init__(self, engine: AsyncEngine, panes: Panes, retention: Retention, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._panes = panes
        self._retention = retention
        self._now = now
        self._one = asyncio.Lock()
        self._kept: Snapshot | None = None
        self._read_at = self._retry_at = 0.0

    async def snapshot(self, published: Published) -> Snapshot:
        """At most ``EVERY_SECONDS`` old while the database answers. Raises Unavailable."""
        async with self._one:
            known = self._kept if self._kept is not None and self._kept.published == published else None
            now = time.monotonic()
            if known is not None and now < self._read_at + EVERY_SECONDS:
                return known
            if now >= self._retry_at:
                try:
                    self._kept, self._read_at = await self._read(published), now
                    return self._kept
                except Unavailable:
                    self._retry_at = time.monotonic() + RETRY_SECONDS
            if known is None or now > self._read_at + STALE_SECONDS:
                raise Unavailable("the database is away")
            return known

    async def _read(self, published: Published) -> Snapshot:
        now = self._now()
        window = self._retention.shown(Window.rolling(published.window, now), now)
        metrics = [METRICS[name] for name in dict.fromkeys(published.metrics)]
        measures = {measure for metric in metrics for measure in metric.measures}
        async with transaction(self._engine) as tx:
            found = await self._panes.sums(tx, published.tenant, "all", window, now=now, key="", measures=measures)
        sums = found.get("", zero())
        values = [(metric, metric.compute(sums)) for metric in metrics]
        return Snapshot(
            published,
            window,
            tuple(Reading(metric, value, value.n >= published.minimum_n) for metric, value in values),
        )
