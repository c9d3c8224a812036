"""What profile-sync tells about itself. Labels come from closed sets and start at zero."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from events.preference import KINDS
from profile_sync.core.extract import Skipped


class Result(StrEnum):
    """How one push ended. A closed set: it is a metric label.

    WRITTEN: the CRM was changed. UNCHANGED: it held everything already. YIELDED: as either, but a human holds a field.
    LATER, PAUSED, PARKED: see ``core/replies.py``. HELD: a pause began before anything was sent. LOST: the lease ran
    out, or the outcome could not be recorded; it is done again.
    """

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    YIELDED = "yielded"
    LATER = "later"
    PAUSED = "paused"
    PARKED = "parked"
    HELD = "held"
    LOST = "lost"


class Telemetry:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._notes = Counter(
            "amends_preferences_noted_total", "Preferences found, by kind.", ["kind"], registry=registry
        )
        self._skipped = Counter(
            "amends_preferences_skipped_total", "Preferences not kept, by reason.", ["reason"], registry=registry
        )
        self._pushes = Counter(
            "amends_crm_pushes_total", "Pushes to the CRM, by result.", ["result"], registry=registry
        )
        self._delay = Histogram(
            "amends_crm_write_delay_seconds",
            "From a note's arrival at Amends until the CRM holds it.",
            buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
            registry=registry,
        )
        self._pending = Gauge("amends_crm_pending_pushes", "Customers the CRM is behind on.", registry=registry)
        self._parked = Gauge("amends_crm_parked_pushes", "Customers the CRM would not take.", registry=registry)
        self._oldest = Gauge(
            "amends_crm_oldest_pending_seconds", "Age of the oldest note the CRM does not hold.", registry=registry
        )
        for metric, labels in ((self._notes, KINDS), (self._skipped, Skipped), (self._pushes, Result)):
            for label in labels:
                metric.labels(label)

    def noted(self, kind: str) -> None:
        self._notes.labels(kind).inc()

    def skipped(self, reason: Skipped) -> None:
        self._skipped.labels(reason).inc()

    def pushed(self, result: Result) -> None:
        self._pushes.labels(result).inc()

    def written(self, delay_seconds: float) -> None:
        self._delay.observe(max(0.0, delay_seconds))

    def backlog(self, *, pending: int, parked: int, oldest_seconds: float) -> None:
        self._pending.set(pending)
        self._parked.set(parked)
        self._oldest.set(oldest_seconds)
