"""The business gauges Prometheus scrapes, from the latest snapshot; without one, none rather than old ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value

_SUFFIX = {"ratio": "_ratio", "seconds": "_seconds", "score": "", "contacts": ""}
LABELS = ("tenant", "window", "dimension", "key")

Labels = tuple[str, str, str, str]
"""(tenant, window, dimension, key)"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    taken_at: datetime
    left_out: int
    """Series that are not shown because their dimension has too many keys."""
    values: Mapping[str, Mapping[Labels, Value]]
    """By metric name."""


class MetricGauges(Collector):
    """One gauge per metric, with the sample size of each beside it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._snapshot: Snapshot | None = None
        registry.register(self)

    def show(self, snapshot: Snapshot | None) -> None:
        """Replace what is shown; None shows nothing, as on every replica but one."""
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        snapshot = self._snapshot
        taken = GaugeMetricFamily(
            "amends_scoring_snapshot_timestamp_seconds", "When the metric gauges were computed; 0 on other replicas."
        )
        taken.add_metric([], snapshot.taken_at.timestamp() if snapshot else 0)
        yield taken
        left_out = GaugeMetricFamily(
            "amends_scoring_left_out_keys", "Keys left out of the metric gauges because their dimension has too many."
        )
        left_out.add_metric([], snapshot.left_out if snapshot else 0)
        yield left_out
        for metric in METRICS.values():
            name = f"amends_{metric.name}{_SUFFIX[metric.unit]}"
            gauge = GaugeMetricFamily(name, f"{metric.title}: {metric.definition}", labels=LABELS)
            sample = GaugeMetricFamily(f"amends_{metric.name}_sample_size", f"What {name} rests on.", labels=LABELS)
            for labels, value in (snapshot.values[metric.name] if snapshot else {}).items():
                if value.value is not None:
                    gauge.add_metric(labels, value.value)
                sample.add_metric(labels, value.n)
            yield gauge
            yield sample
