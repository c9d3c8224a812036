"""Panes of time: sums are kept per minute, hour and day (UTC), so that any window is a sum of few panes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar

from scoring.core.attribution import Attribution
from scoring.core.clock import MINUTE_MS
from scoring.core.contribution import Contribution
from scoring.core.histogram import code_of
from scoring.core.measures import FAMILIES

GRAINS: tuple[tuple[str, timedelta], ...] = (
    ("minute", timedelta(minutes=1)),
    ("hour", timedelta(hours=1)),
    ("day", timedelta(days=1)),
)
GRAIN_NUMBERS = {name: number for number, (name, _) in enumerate(GRAINS)}
"""Grains as stored."""
HOUR, DAY = 60, 1440
"""Minutes in a pane; panes are named by their first minute since 1970."""
_TABLE = {family.name: family.table for family in FAMILIES}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


N = TypeVar("N", str, int)


class Leaf(NamedTuple):
    """What contributions are gathered by, before they are spread over dimensions and grains."""

    tenant: str
    table: str
    minute: int
    attribution: Attribution


class Subject(NamedTuple):
    """A tenant's dimension key: whom a sum is about."""

    tenant: str
    dimension: str
    key: str


Place = tuple[Subject, int]
"""(whom, first minute of the pane)"""

Cells = dict[Place, dict[str, int]]
"""Measure to what it changes by."""

Buckets = dict[Place, dict[int, int]]
"""Bucket of a histogram to how its count changes."""


@dataclass(slots=True)
class Delta:
    """Changes to sums, to be written at once. What ends unchanged is left out."""

    sums: dict[Leaf, dict[str, int]] = field(default_factory=dict)
    buckets: dict[Leaf, dict[int, int]] = field(default_factory=dict)

    def add(self, tenant: str, contributions: Iterable[Contribution], sign: int = 1) -> None:
        """Add contributions (or with ``sign`` -1 take them back)."""
        for family, at, attribution, sums, observations in contributions:
            leaf = Leaf(tenant, _TABLE[family], at // MINUTE_MS, attribution)
            totals = self.sums.get(leaf)
            if totals is None:
                self.sums[leaf] = {measure: sign * amount for measure, amount in sums.items()}
            else:
                for measure, amount in sums.items():
                    totals[measure] = totals.get(measure, 0) + sign * amount
            if observations:
                hour = Leaf(tenant, "", at // MINUTE_MS // HOUR * HOUR, attribution)
                counts = self.buckets.setdefault(hour, {})
                for histogram, ms in observations:
                    code = code_of(histogram, ms)
                    counts[code] = counts.get(code, 0) + sign

    def panes(self) -> dict[str, tuple[Cells, Cells, Cells]]:
        """Per table: what minutes, hours and days change by."""
        parts: dict[str, dict[Place, list[dict[str, int]]]] = {}
        for leaf, totals in self.sums.items():
            changed = {measure: total for measure, total in totals.items() if total}
            if changed:
                _spread(leaf, changed, parts.setdefault(leaf.table, {}))
        minutes = {table: _added_up(cells) for table, cells in parts.items()}
        return {table: (cells, hours := coarser(cells, HOUR), coarser(hours, DAY)) for table, cells in minutes.items()}

    def histograms(self) -> Buckets:
        """What the hours change by."""
        parts: dict[Place, list[dict[int, int]]] = {}
        for leaf, counts in self.buckets.items():
            changed = {code: count for code, count in counts.items() if count}
            if changed:
                _spread(leaf, changed, parts)
        return _added_up(parts)


def _spread(leaf: Leaf, changed: dict[N, int], parts: dict[Place, list[dict[N, int]]]) -> None:
    """Note it for everybody it is about. Most places get one part only, so nothing is added up yet."""
    minute = leaf.minute
    for subject in _subjects(leaf.tenant, leaf.attribution):
        parts.setdefault((subject, minute), []).append(changed)


@lru_cache(50_000)
def _subjects(tenant: str, attribution: Attribution) -> tuple[Subject, ...]:
    return tuple(Subject(tenant, dimension, key) for dimension, key in attribution.keys())  # noqa: SIM118


def _added_up(parts: dict[Place, list[dict[N, int]]]) -> dict[Place, dict[N, int]]:
    """The sum in each place. Where there is one part it is that one itself: what is returned is for reading."""
    return {place: known[0] if len(known) == 1 else _total(known) for place, known in parts.items()}


def _total(parts: list[dict[N, int]]) -> dict[N, int]:
    total = parts[0].copy()
    for part in parts[1:]:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def coarser(cells: dict[Place, dict[N, int]], minutes: int) -> dict[Place, dict[N, int]]:
    """The same changes in panes of so many minutes."""
    parts: dict[Place, list[dict[N, int]]] = {}
    for (subject, start), totals in cells.items():
        parts.setdefault((subject, start // minutes * minutes), []).append(totals)
    return _added_up(parts)


def floor(instant: datetime, length: timedelta) -> datetime:
    """The start of the pane of that length that holds ``instant``."""
    return instant - (instant - _EPOCH) % length


def ceiling(instant: datetime, length: timedelta) -> datetime:
    return -((_EPOCH - instant) // length) * length + _EPOCH
