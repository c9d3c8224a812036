"""What Prometheus scrapes: the metrics as gauges, how old they are, and how long events wait to be counted."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from events.envelope import Event
from scoring.core.attribution import DIMENSIONS
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric, Unit, Value

log = structlog.get_logger()

SAID_SECONDS = 3600.0
SUFFIX: Mapping[Unit, str] = {"ratio": "_ratio", "seconds": "_seconds", "score": "", "contacts": ""}
LABELS = ("tenant", "window", "dimension", "key")
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0)

Labels = tuple[str, str, str, str]
"""(tenant, window, dimension, key)"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric as shown.

    Attributes:
        percentiles: in seconds, by name ("50", "90", "99"); empty where the metric has none.
    """

    value: Value
    percentiles: Mapping[str, float] = field(default_factory=dict)

    @property
    def series(self) -> int:
        """How many time series it takes: the sample size, and whatever else there is."""
        return 1 + (self.value.value is not None) + 2 * (self.value.interval is not None) + len(self.percentiles)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything shown at one moment.

    Attributes:
        readings: by metric name.
        left_out: keys that are not shown because there are too many, by (tenant, dimension).
    """

    taken_at: datetime
    readings: Mapping[str, Mapping[Labels, Reading]]
    left_out: Mapping[tuple[str, str], int]


class MetricGauges(Collector):
    """Each metric as ``amends_<name>`` with its unit, and beside it sample size, 95 % interval and percentiles."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._snapshot: Snapshot | None = None
        registry.register(self)

    def show(self, snapshot: Snapshot | None) -> None:
        """Replace what is shown; None shows nothing, as on every replica but one."""
        self._snapshot = snapshot

    def collect(self) -> Iterator[Family]:
        snapshot = self._snapshot
        taken = GaugeMetricFamily(
            "amends_scoring_snapshot_timestamp_seconds", "When the metric gauges were computed; 0 on other replicas."
        )
        taken.add_metric([], snapshot.taken_at.timestamp() if snapshot else 0)
        yield taken
        left_out = GaugeMetricFamily(
            "amends_scoring_left_out_keys",
            "Keys of a dimension without gauges, because all series allowed are taken.",
            labels=("tenant", "dimension"),
        )
        for labels, count in (snapshot.left_out if snapshot else {}).items():
            left_out.add_metric(labels, count)
        yield left_out
        for metric in METRICS.values():
            yield from _families(metric, snapshot.readings.get(metric.name, {}) if snapshot else {})


def gauge_name(metric: Metric) -> str:
    """What Prometheus calls the value of a metric."""
    return f"amends_{metric.name}{SUFFIX[metric.unit]}"


def _families(metric: Metric, readings: Mapping[Labels, Reading]) -> Iterator[Family]:
    name, plain = gauge_name(metric), f"amends_{metric.name}"
    value = GaugeMetricFamily(name, f"{metric.title}: {metric.definition}", labels=LABELS)
    sample = GaugeMetricFamily(f"{plain}_sample_size", f"What {name} rests on.", labels=LABELS)
    low = GaugeMetricFamily(f"{plain}_low", f"Lower end of the 95 % interval of {name}.", labels=LABELS)
    high = GaugeMetricFamily(f"{plain}_high", f"Upper end of the 95 % interval of {name}.", labels=LABELS)
    percentile = GaugeMetricFamily(
        f"{plain}_percentile{SUFFIX[metric.unit]}",
        f"What so many per cent of what {name} is the mean of do not exceed, within 2 %, over whole hours.",
        labels=(*LABELS, "percentile"),
    )
    for labels, reading in readings.items():
        sample.add_metric(labels, reading.value.n)
        if reading.value.value is not None:
            value.add_metric(labels, reading.value.value)
        if reading.value.interval is not None:
            low.add_metric(labels, reading.value.interval[0])
            high.add_metric(labels, reading.value.interval[1])
        for share, seconds in reading.percentiles.items():
            percentile.add_metric((*labels, share), seconds)
    yield from (value, sample, low, high)
    if metric.histogram:
        yield percentile


class Spoiled:
    """Counts what is left out because what is stored cannot be right, and says in the log whose, once an hour."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._left_out = Counter(
            "amends_scoring_spoiled_total",
            "Answers from which numbers were left out because a stored sum is below zero.",
            ["dimension"],
            registry=registry,
        )
        for dimension in DIMENSIONS:
            self._left_out.labels(dimension)
        self._said: dict[tuple[str, str], float] = {}

    def __call__(self, tenant: str, dimension: str) -> None:
        self._left_out.labels(dimension).inc()
        now, whose = time.monotonic(), (tenant, dimension)
        if now - self._said.get(whose, -math.inf) > SAID_SECONDS:
            self._said[whose] = now
            log.error("sums below zero are left out", tenant=tenant, dimension=dimension)


class Freshness:
    """How fresh what this process counted is. Take max() over replicas of the moment, and sum() of the delays."""

    def __init__(self, registry: CollectorRegistry, now: Callable[[], datetime]) -> None:
        self._now = now
        self._newest = Gauge(
            "amends_scoring_newest_event_timestamp_seconds",
            "When the newest event that is counted arrived at Amends, in seconds since 1970; 0: none since the start.",
            registry=registry,
        )
        self._delay = Histogram(
            "amends_scoring_apply_delay_seconds",
            "From an event's arrival at Amends until it is counted: the longest of each batch.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._latest = 0.0

    async def counted(self, _tx: object, events: Sequence[Event[Any]]) -> None:
        """A batch is applied; what is then taken back and applied again is seen twice. A listener of the handler."""
        if not events:
            return
        self._latest = max(self._latest, max(event.recorded_at for event in events).timestamp())
        self._newest.set(self._latest)
        oldest = min(event.recorded_at for event in events).timestamp()
        self._delay.observe(max(0.0, self._now().timestamp() - oldest))
