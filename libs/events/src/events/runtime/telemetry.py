"""What we tell about ourselves: consumer counters, on a registry passed in."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from events.runtime.dead_letters import Reason
from events.runtime.stream import Partition
from events.topics import read_by


class ConsumerTelemetry:
    """Counters of one consumer. Labels come from closed sets and start at zero."""

    def __init__(self, registry: CollectorRegistry, consumer: str) -> None:
        self._topics = topics = [topic.name for topic in read_by(consumer)]
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
        self._partitions = Gauge(
            "amends_consumer_partitions", "Partitions this process reads now.", ["topic"], registry=registry
        )
        for topic in topics:
            for metric in (self._received, self._applied, self._duplicates, self._lag, self._partitions):
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
        """What each partition of ours is behind; what is not ours any more is somebody else's lag."""
        for topic in self._topics:
            ours = [behind for partition, behind in lag.items() if partition.topic == topic]
            self._lag.labels(topic).set(sum(ours))
            self._partitions.labels(topic).set(len(ours))
