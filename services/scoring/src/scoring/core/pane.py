"""Panes of time: sums are kept per minute, hour and day (UTC), so that any window is a sum of few panes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
        minutes: dict[str, Cells] = {}
        for leaf, totals in self.sums.items():
            changed = {measure: total for measure, total in totals.items() if total}
            if changed:
                _spread(leaf, changed, minutes.setdefault(leaf.table, {}))
        return {table: (cells, hours := coarser(cells, HOUR), coarser(hours, DAY)) for table, cells in minutes.items()}

    def histograms(self) -> Buckets:
        """What the hours change by."""
        hours: Buckets = {}
        for leaf, counts in self.buckets.items():
            changed = {code: count for code, count in counts.items() if count}
            if changed:
                for dimension, key in leaf.attribution.keys():  # noqa: SIM118  (not a mapping)
                    _merge(hours.setdefault((Subject(leaf.tenant, dimension, key), leaf.minute), {}), changed)
        return hours


def _spread(leaf: Leaf, changed: dict[str, int], cells: Cells) -> None:
    tenant, minute = leaf.tenant, leaf.minute
    for dimension, key in leaf.attribution.keys():  # noqa: SIM118  (not a mapping)
        place = (Subject(tenant, dimension, key), minute)
        known = cells.get(place)
        if known is None:
            cells[place] = changed.copy()
        else:
            _merge(known, changed)


def coarser(cells: dict[Place, dict[N, int]], minutes: int) -> dict[Place, dict[N, int]]:
    """The same changes in panes of so many minutes."""
    found: dict[Place, dict[N, int]] = {}
    for (subject, start), totals in cells.items():
        place = (subject, start // minutes * minutes)
        known = found.get(place)
        if known is None:
            found[place] = totals.copy()
        else:
            _merge(known, totals)
    return found


def _merge(known: dict[N, int], more: dict[N, int]) -> None:
    for name, amount in more.items():
        known[name] = known.get(name, 0) + amount


def floor(instant: datetime, length: timedelta) -> datetime:
    """The start of the pane of that length that holds ``instant``."""
    return instant - (instant - _EPOCH) % length


def ceiling(instant: datetime, length: timedelta) -> datetime:
    return -((_EPOCH - instant) // length) * length + _EPOCH
