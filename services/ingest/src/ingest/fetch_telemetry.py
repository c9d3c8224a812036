"""What the enricher tells about itself: how fetches ended, and what is behind, by source."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge

from ingest.core.replies import Reason


class Result(StrEnum):
    """How one fetch ended. A closed set: it is a metric label.

    PUBLISHED: its events are in Kafka. NOTHING: it held nothing we need. LATER, PAUSED, PARKED: see
    ``core/replies.py``. LOST: the lease ran out, or the end could not be recorded; it is done again.
    """

    PUBLISHED = "published"
    NOTHING = "nothing"
    LATER = "later"
    PAUSED = "paused"
    PARKED = "parked"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What one source is behind with.

    Attributes:
        oldest: when the oldest of those that wait was announced; None where none waits.
        paused: why the source rests; None where it does not.
    """

    tenant: str
    source: str
    waiting: int
    parked: int
    oldest: datetime | None
    paused: Reason | None


class FetchTelemetry:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._fetches = Counter(
            "amends_ingest_enrichment_fetches_total", "Fetches, by how they ended.", ["result"], registry=registry
        )
        self._troubles = Counter(
            "amends_ingest_enrichment_troubles_total", "Fetches put off or parked.", ["reason"], registry=registry
        )
        self._waiting = Gauge(
            "amends_ingest_enrichment_waiting", "Announced, not fetched yet.", ["source"], registry=registry
        )
        self._parked = Gauge("amends_ingest_enrichment_parked", "Given up.", ["source"], registry=registry)
        self._oldest = Gauge(
            "amends_ingest_enrichment_oldest_waiting_timestamp_seconds",
            "When the oldest that waits was announced; absent where none waits.",
            ["source"],
            registry=registry,
        )
        self._paused = Gauge(
            "amends_ingest_enrichment_paused", "1 while a source rests.", ["source", "reason"], registry=registry
        )
        for result in Result:
            self._fetches.labels(result)
        for reason in Reason:
            self._troubles.labels(reason)

    def ended(self, result: Result, trouble: Reason | None) -> None:
        self._fetches.labels(result).inc()
        if trouble is not None:
            self._troubles.labels(trouble).inc()

    def behind(self, backlogs: Iterable[Backlog]) -> None:
        """Sources that are not among these any more disappear. Names of sources are unique across tenants."""
        for gauge in (self._waiting, self._parked, self._oldest, self._paused):
            gauge.clear()
        for backlog in backlogs:
            self._waiting.labels(backlog.source).set(backlog.waiting)
            self._parked.labels(backlog.source).set(backlog.parked)
            if backlog.oldest is not None:
                self._oldest.labels(backlog.source).set(backlog.oldest.timestamp())
            if backlog.paused is not None:
                self._paused.labels(backlog.source, backlog.paused).set(1)
