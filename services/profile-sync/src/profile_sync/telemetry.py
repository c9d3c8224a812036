"""What profile-sync tells about itself. Labels come from closed sets and start at zero."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from events.preference import KINDS
from profile_sync.core.breaker import State
from profile_sync.core.extract import Skipped, extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.core.habits import EXTRACTOR as HABIT
from profile_sync.core.preferences import Decision, Status
from profile_sync.core.replies import Reason
from profile_sync.core.sweeps import Progress, Purpose

EXTRACTORS = (*(extractor.name for extractor in extractors(NO_ANSWERS)), HABIT.partition("/")[0])


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
    """What this process does."""

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
        self._drifted = Counter(
            "amends_crm_drifted_total", "Customers of whom the CRM had lost what was agreed.", registry=registry
        )
        self._breakers = Gauge(
            "amends_crm_breakers", "Tenants' CRMs, by whether this process calls them.", ["state"], registry=registry
        )
        for metric, labels in (
            (self._notes, KINDS),
            (self._skipped, Skipped),
            (self._pushes, Result),
            (self._breakers, State),
        ):
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

    def drifted(self) -> None:
        self._drifted.inc()

    def breakers(self, states: Iterable[State]) -> None:
        """One for each tenant."""
        found = Tally(states)
        for state in State:
            self._breakers.labels(state).set(found[state])


class Standing:
    """From the database, over all tenants: every replica says the same, so take max() over them, not sum()."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"amends_{name}", text, labels, registry=registry)

        self._waiting = {
            "pending": gauge("crm_pending_pushes", "Customers the CRM is behind on."),
            "pending_seconds": gauge("crm_oldest_pending_seconds", "Age of the oldest note the CRM does not hold."),
            "parked": gauge("crm_parked_pushes", "Customers the CRM would not take."),
            "erasures": gauge("crm_pending_erasures", "Erased customers whose fields the CRM still holds."),
            "erasures_seconds": gauge("crm_oldest_erasure_age_seconds", "How long the oldest of them has waited."),
            "proposed": gauge("preferences_proposed", "Doubtful notes that wait for a person."),
            "proposed_seconds": gauge("preferences_oldest_proposed_age_seconds", "How long the oldest has waited."),
            "hints": gauge("preferences_hints", "Weak hints from what customers do."),
            "news": gauge("preferences_announcements_waiting", "What the topic customer-notes was not told of yet."),
            "news_seconds": gauge("preferences_oldest_announcement_age_seconds", "How long the oldest has waited."),
        }
        self._paused = gauge("crm_paused_tenants", "Tenants whose CRM is left alone now, by why.", "reason")
        self._notes = gauge("preferences_notes", "Notes, by who found them and what became of them.", *_FOUND)
        self._decided = gauge("preferences_decided_notes", "Notes a person has decided on.", "decision")
        self._sweeps = gauge("crm_sweeps_running", "Walks over all customers under way.", "purpose")
        self._walked = gauge("crm_sweep_customers", "Of these walks: customers in all and checked.", *_WALKED)
        self.notes({}, {})
        self.paused({})
        self.sweeps({})

    def waiting(self, found: Mapping[str, float]) -> None:
        """What waits and for how long; names as above."""
        for name, metric in self._waiting.items():
            metric.set(found[name])

    def paused(self, found: Mapping[str, int]) -> None:
        for reason in Reason:
            self._paused.labels(reason).set(found.get(reason, 0))

    def notes(self, found: Mapping[tuple[str, str], int], decided: Mapping[str, int]) -> None:
        """``found``: by extractor and status; an extractor that there is no more is left out."""
        for extractor in EXTRACTORS:
            for status in Status:
                self._notes.labels(extractor, status).set(found.get((extractor, status), 0))
        for decision in Decision:
            self._decided.labels(decision).set(decided.get(decision, 0))

    def sweeps(self, found: Mapping[str, Progress]) -> None:
        for purpose in Purpose:
            progress = found.get(purpose, Progress(0, 0, 0))
            self._sweeps.labels(purpose).set(progress.running)
            self._walked.labels(purpose, "total").set(progress.total)
            self._walked.labels(purpose, "checked").set(progress.checked)


_FOUND = ("extractor", "status")
_WALKED = ("purpose", "customers")
