"""A number with everything that is served with it, put together from sums."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scoring.core.change import Change, change
from scoring.core.histogram import Histogram
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric, Value
from scoring.core.window import Window


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds, each within 2 % (``scoring.core.histogram.RELATIVE_ERROR``); of ``n`` durations in whole hours."""

    n: int
    p50: float
    p90: float
    p99: float


@dataclass(frozen=True, slots=True)
class Compared:
    """The same number of other windows taken together, and what became of it since.

    A count is per one window as long as the one it is compared with; ``value.n`` is of all windows.
    """

    windows: tuple[Window, ...]
    value: Value
    change: Change


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of one key. Its trend: ``short`` is since the period before, ``long`` against what is usual."""

    value: Value
    percentiles: Percentiles | None = None
    compared: Compared | None = None
    short: Compared | None = None
    long: Compared | None = None
    beside: Mapping[str, "Figure"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The sums of one key over windows that are taken together."""

    windows: tuple[Window, ...]
    sums: Sums

    @property
    def minutes(self) -> float:
        return sum(window.length.total_seconds() for window in self.windows) / 60


@dataclass(frozen=True, slots=True)
class Material:
    """All that is read for one key."""

    now: Found
    compare: Found | None = None
    short: Found | None = None
    long: Found | None = None
    histograms: Mapping[str, Histogram] = field(default_factory=dict)

    def figures(self, metrics: Iterable[Metric]) -> dict[str, Figure]:
        """By name, each with those beside it."""
        return {metric.name: self._figure(metric) for metric in metrics}

    def _figure(self, metric: Metric) -> Figure:
        value = metric.compute(self.now.sums)
        return Figure(
            value=value,
            percentiles=None if value.spoiled else _percentiles(self.histograms.get(metric.histogram or "")),
            compared=self._compared(metric, self.compare),
            short=self._compared(metric, self.short),
            long=self._compared(metric, self.long),
            beside={name: self._figure(METRICS[name]) for name in metric.beside},
        )

    def _compared(self, metric: Metric, then: Found | None) -> Compared | None:
        if then is None:
            return None
        periods = then.minutes / self.now.minutes if self.now.minutes else 0
        old = metric.compute(then.sums)
        changed = change(metric, metric.compute(self.now.sums), old, periods=periods)
        if metric.counted and old.value is not None:
            old = Value(old.value / periods if periods else None, old.n)
        return Compared(then.windows, old, changed)


def _percentiles(histogram: Histogram | None) -> Percentiles | None:
    found = [histogram.percentile(share) for share in (0.5, 0.9, 0.99)] if histogram else []
    p50, p90, p99 = found or (None, None, None)
    if histogram is None or p50 is None or p90 is None or p99 is None:
        return None
    return Percentiles(histogram.n, p50, p90, p99)
