"""What we tell about ourselves: consumer counters, on a registry passed in."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from events.runtime.dead_letters import Reason
from events.runtime.stream import Partition
from events.topics import read_by


class ConsumerTelemetry:
    """Counters of one consumer. Labels come from closed sets and start at zero."""

    def __init__(self, registry: CollectorRegistry, consumer: str) -> None:
        topics = [topic.name for topic in read_by(consumer)]
        self._received = Counter(
            "amends_consumer_received_total", "Records read from Kafka.", ["topic"], registry=registry
        )
        self._applied = Counter(
            "amends_consumer_applied_total", "Events applied for the first time.", ["topic"], registry=registry
        )
        self._duplicates = Counter(
            "amends_consumer_duplicates_total",
            "Events seen before and not applied again.",
            ["topic"],
            registry=registry,
        )
        self._dead = Counter(
            "amends_consumer_dead_letters_total", "Records set aside.", ["topic", "reason"], registry=registry
        )
        self._retries = Counter(
            "amends_consumer_retries_total", "Waits for a broker or database that was away.", registry=registry
        )
        self._lag = Gauge("amends_consumer_lag_records", "Records not applied yet.", ["topic"], registry=registry)
        for topic in topics:
            for metric in (self._received, self._applied, self._duplicates, self._lag):
                metric.labels(topic)
            for reason in Reason:
                self._dead.labels(topic, reason)

    def received(self, topic: str, count: int) -> None:
        self._received.labels(topic).inc(count)

    def applied(self, topic: str, *, new: int, seen: int) -> None:
        self._applied.labels(topic).inc(new)
        self._duplicates.labels(topic).inc(seen)

    def dead_lettered(self, topic: str, reason: Reason) -> None:
        self._dead.labels(topic, reason).inc()

    def retried(self) -> None:
        self._retries.inc()

    def lag(self, lag: Mapping[Partition, int]) -> None:
        totals: dict[str, int] = {}
        for partition, behind in lag.items():
            totals[partition.topic] = totals.get(partition.topic, 0) + behind
        for topic, behind in totals.items():
            self._lag.labels(topic).set(behind)
