"""How the outbox fares."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class AnnouncementTelemetry:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._published = Counter(
            "amends_scoring_announcements_total", "Events published from the outbox.", registry=registry
        )
        self._oldest = Gauge(
            "amends_scoring_outbox_oldest_seconds",
            "How long the oldest event in the outbox has waited; the same on every replica.",
            registry=registry,
        )

    def published(self, events: int) -> None:
        self._published.inc(events)

    def oldest(self, seconds: float) -> None:
        self._oldest.set(seconds)
