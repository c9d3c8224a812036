"""Computes the gauges, on one replica at a time, so that a sum over replicas never doubles."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from scoring.core.attribution import UNATTRIBUTED
from scoring.core.histogram import Histogram
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.store.panes import Panes, zero
from scoring.telemetry import Labels, MetricGauges, Reading, Snapshot

log = structlog.get_logger()

LONGEST_REST = 30.0

PERCENTILES: Mapping[str, float] = {"50": 0.5, "90": 0.9, "99": 0.99}


@dataclass(frozen=True, slots=True)
class View:
    """What of one dimension is exported: these metrics over these windows.

    Attributes:
        percentiles: whether histograms are read, too. They cover whole hours, so only over long windows.
    """

    dimension: str
    windows: tuple[str, ...]
    metrics: tuple[str, ...]
    percentiles: bool = False


_NOW = ("contact_volume", "approval_rate", "csat", "service_level", "abandonment", "asa", "aht")
_RETURNS = ("fcr", "pending_resolutions")  # known 7 days later: shorter windows have none

VIEWS: tuple[View, ...] = (
    View("all", ("5m",), _NOW),
    View("all", ("1h",), tuple(METRICS)),
    View("all", ("24h", "7d"), tuple(METRICS), percentiles=True),
    View("all", ("30d",), (*_RETURNS, "second_contact_resolution")),
    View("channel", ("1h", "24h"), ("contact_volume", "csat", "service_level", "aht", "frt")),
    View("team", ("24h",), ("contact_volume", "csat", "aht", "frt")),
    View("reason", ("24h",), ("contact_volume", "csat")),
    View("reason", ("30d",), _RETURNS),
    View("channel_team", ("24h",), ("contact_volume", "csat")),
)
AGENTS = (View("agent", ("7d",), ("contact_volume", "csat", "aht", "wrap", "hold")), View("agent", ("30d",), _RETURNS))
"""Opt-in: agents are people, and many."""


@dataclass(slots=True)
class Candidate:
    """All there is to show of one key of a dimension."""

    key: str
    contacts: int = 0
    readings: list[tuple[str, str, Reading]] = field(default_factory=list)
    """(metric, window, reading)"""

    @property
    def series(self) -> int:
        return sum(reading.series for _, _, reading in self.readings)


class Exporter:
    """Renews ``gauges`` every ``every`` seconds; ``room``: the most time series a tenant takes, see ``choose``."""

    def __init__(
        self,
        engine: AsyncEngine,
        panes: Panes,
        gauges: MetricGauges,
        *,
        every: float,
        room: int,
        views: Sequence[View] = VIEWS,
    ) -> None:
        self._engine = engine
        self._panes = panes
        self._gauges = gauges
        self._every = every
        self._room = room
        self._views = views

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``: wait for the lock that only one replica holds, then compute again and again."""
        while not stop.is_set():
            try:
                async with self._engine.connect() as connection:
                    await self._lead(await connection.execution_options(isolation_level="AUTOCOMMIT"), stop)
            except (Unavailable, SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("gauges not computed", error=type(error).__name__)
            self._gauges.show(None)
            await pause(stop, self._every)

    async def _lead(self, connection: AsyncConnection, stop: asyncio.Event) -> None:
        """The lock lives and dies with its connection, so each round asks that connection first."""
        if not await connection.scalar(text("SELECT pg_try_advisory_lock(hashtext('amends scoring gauges'))")):
            return
        try:
            while not stop.is_set():
                await connection.scalar(text("SELECT 1"))
                began = time.monotonic()
                self._gauges.show(await self.snapshot(datetime.now(UTC)))
                # A snapshot that is slow, as while much is being applied, leaves time for other things.
                await pause(stop, max(self._every, min(LONGEST_REST, 9 * (time.monotonic() - began))))
        finally:
            await connection.invalidate()  # given back to the pool it would keep the lock, and nobody would lead

    async def snapshot(self, now: datetime) -> Snapshot:
        """What is shown at ``now``. Raises Unavailable."""
        shown: dict[str, dict[Labels, Reading]] = {name: {} for name in METRICS}
        left_out: dict[tuple[str, str], int] = {}
        async with transaction(self._engine) as tx:
            for tenant in await self._panes.tenants(tx):
                candidates = await self._candidates(tx, tenant, now)
                chosen, rest = choose(candidates, self._room)
                left_out |= {(tenant, dimension): count for dimension, count in rest.items()}
                for dimension, candidate in chosen:
                    for name, window, reading in candidate.readings:
                        shown[name][tenant, window, dimension, candidate.key] = reading
        return Snapshot(now, shown, left_out)

    async def _candidates(self, tx: AsyncConnection, tenant: str, now: datetime) -> dict[str, dict[str, Candidate]]:
        """By dimension and key. One query per view and window, and one for its percentiles."""
        found: dict[str, dict[str, Candidate]] = {view.dimension: {} for view in self._views}
        for view in self._views:
            for name in view.windows:
                window = Retention().shown(Window.rolling(name, now), now)
                measures = {m for metric in view.metrics for m in METRICS[metric].measures} | {"contacts"}
                sums = await self._panes.sums(tx, tenant, view.dimension, window, now=now, measures=measures)
                histograms = await self._histograms(tx, tenant, view, window) if view.percentiles else {}
                for key, total in (sums or ({"": zero()} if view.dimension == "all" else {})).items():
                    candidate = found[view.dimension].setdefault(key, Candidate(key))
                    candidate.contacts = max(candidate.contacts, total["contacts"])
                    for metric, reading in _read(view, total, histograms.get(key, {})):
                        candidate.readings.append((metric, name, reading))
        return found

    async def _histograms(
        self, tx: AsyncConnection, tenant: str, view: View, window: Window
    ) -> dict[str, dict[str, Histogram]]:
        names = {h for metric in view.metrics if (h := METRICS[metric].histogram)}
        return await self._panes.histograms(tx, tenant, view.dimension, window, names)


def _read(view: View, sums: Sums, histograms: Mapping[str, Histogram]) -> Iterator[tuple[str, Reading]]:
    for name in view.metrics:
        metric = METRICS[name]
        value = metric.compute(sums)
        if value.spoiled or (value.n == 0 and view.dimension != "all"):
            continue  # a series that says nothing is still a series
        histogram = histograms.get(metric.histogram or "")
        told = {share: histogram.percentile(part) for share, part in PERCENTILES.items()} if histogram else {}
        yield name, Reading(value, {share: seconds for share, seconds in told.items() if seconds is not None})


def choose(
    candidates: Mapping[str, Mapping[str, Candidate]], room: int
) -> tuple[list[tuple[str, Candidate]], Mapping[str, int]]:
    """What fits, and how many keys of each dimension do not.

    ``all`` is always shown. Then each dimension in turn shows its next key, what nobody can be named for first and
    then the busiest, until the next one of all would take more than ``room`` time series.
    """
    chosen = [("all", candidate) for candidate in candidates.get("all", {}).values()]
    room -= sum(candidate.series for _, candidate in chosen)
    left_out = Counter({dimension: 0 for dimension in candidates if dimension != "all"})
    ranked = {
        dimension: sorted(candidates[dimension].values(), key=lambda c: (c.key != UNATTRIBUTED, -c.contacts, c.key))
        for dimension in left_out
    }
    for turn in zip_longest(*ranked.values()):
        for dimension, candidate in zip(ranked, turn, strict=True):
            if candidate is None:
                continue
            room -= candidate.series
            if room >= 0:
                chosen.append((dimension, candidate))
            else:
                left_out[dimension] += 1
    return chosen, left_out
