"""What alerting tells about itself. Labels come from closed sets and start at zero."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from alerting.core.case import OUTCOMES, STATES, Outcome
from alerting.core.clocks import NAMES, Count, Name
from alerting.core.rules.decision import OPENING_REASONS, Reason

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0)


class Delivery(StrEnum):
    """What became of one attempt to deliver."""

    SENT = "sent"
    RETRIED = "retried"
    DEAD = "dead"


class CaseTelemetry:
    """Counted just before the commit: a batch that is then taken back and applied again is counted twice."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._opened = Counter("amends_alerting_cases_opened_total", "Cases opened.", ["reason"], registry=registry)
        self._closed = Counter("amends_alerting_cases_closed_total", "Cases closed.", ["outcome"], registry=registry)
        self._assessed = Counter(
            "amends_alerting_answers_assessed_total",
            "Answers and mentions judged, by why they did or did not ask for a case.",
            ["reason"],
            registry=registry,
        )
        for reason in OPENING_REASONS:
            self._opened.labels(reason)
        for outcome in OUTCOMES:
            self._closed.labels(outcome)
        for reason in Reason:
            self._assessed.labels(reason)

    def opened(self, reason: Reason) -> None:
        self._opened.labels(reason).inc()

    def closed(self, outcome: Outcome) -> None:
        self._closed.labels(outcome).inc()

    def assessed(self, reason: Reason) -> None:
        self._assessed.labels(reason).inc()


class DeliveryTelemetry:
    """By kind of channel; several destinations of one kind are summed."""

    def __init__(self, registry: CollectorRegistry, kinds: Sequence[str]) -> None:
        self._attempts = Counter(
            "amends_alerting_notifications_total",
            "Attempts to notify, by what became of them.",
            ["channel", "result"],
            registry=registry,
        )
        self._seconds = Histogram(
            "amends_alerting_delivery_seconds",
            "From the moment Amends accepted the answer until its notification was delivered.",
            ["channel"],
            buckets=_SECONDS,
            registry=registry,
        )
        for kind in kinds:
            self._seconds.labels(kind)
            for result in Delivery:
                self._attempts.labels(kind, result)

    def attempted(self, kind: str, result: Delivery) -> None:
        self._attempts.labels(kind, result).inc()

    def delivered(self, kind: str, seconds: float) -> None:
        self.attempted(kind, Delivery.SENT)
        self._seconds.labels(kind).observe(max(0.0, seconds))


class ReportTelemetry:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._told = Counter(
            "amends_alerting_case_reports_total",
            "Reports of cases (case.reported) that Kafka has taken, repeats included.",
            registry=registry,
        )

    def told(self, count: int) -> None:
        self._told.inc(count)


class AuditTelemetry:
    """From the database: every replica says the same, so take max() over them, not sum()."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._cases = Gauge(
            "amends_alerting_open_cases", "Cases that are not closed, by state.", ["state"], registry=registry
        )
        self._oldest = Gauge(
            "amends_alerting_oldest_open_age_seconds",
            "How long the oldest unclaimed case has waited; 0 without one.",
            registry=registry,
        )
        self._forgotten = Gauge(
            "amends_alerting_open_cases_without_next_step",
            "Unclaimed cases nobody was told of and nobody will be. Must be 0.",
            registry=registry,
        )
        self._channels = Gauge(
            "amends_alerting_channels_configured",
            "Destinations that are told of a new case. With 0 nobody is told.",
            registry=registry,
        )
        self._untold = Gauge(
            "amends_alerting_case_reports_waiting",
            "Changes of cases that Kafka has not been told of.",
            registry=registry,
        )
        self._untold_seconds = Gauge(
            "amends_alerting_oldest_case_report_age_seconds",
            "How long the oldest of them has waited; 0 without one.",
            registry=registry,
        )
        for state in STATES[:-1]:
            self._cases.labels(state)

    def channels(self, number: int) -> None:
        self._channels.set(number)

    def audited(self, by_state: dict[str, int], oldest_seconds: float, forgotten: int) -> None:
        for state in STATES[:-1]:
            self._cases.labels(state).set(by_state.get(state, 0))
        self._oldest.set(oldest_seconds)
        self._forgotten.set(forgotten)

    def reports(self, waiting: int, oldest_seconds: float) -> None:
        self._untold.set(waiting)
        self._untold_seconds.set(oldest_seconds)


class PagingTelemetry:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._nobody = Counter(
            "amends_alerting_nobody_on_call_total",
            "Steps for which nobody was on call, so that the fallback was told.",
            registry=registry,
        )
        self._exhausted = Counter(
            "amends_alerting_escalations_exhausted_total",
            "Cases nobody has claimed although everybody their policy names was told.",
            registry=registry,
        )
        self._lapsed = Counter(
            "amends_alerting_claims_lapsed_total",
            "Claims that ended because nobody worked on the case.",
            registry=registry,
        )
        self._breached = Counter(
            "amends_alerting_contacts_breached_total",
            "Customers who were not reached by the time that was due.",
            registry=registry,
        )

    def nobody_on_call(self) -> None:
        self._nobody.inc()

    def exhausted(self) -> None:
        self._exhausted.inc()

    def lapsed(self) -> None:
        self._lapsed.inc()

    def breached(self) -> None:
        self._breached.inc()


class ClockTelemetry:
    """From the database: every replica says the same, so take max() over them, not sum()."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._breached = Gauge(
            "amends_alerting_clocks_breached",
            "Cases not claimed, or whose customer is not contacted, by when it was due.",
            ["clock"],
            registry=registry,
        )
        self._predicted = Gauge(
            "amends_alerting_clocks_breach_predicted",
            "Cases likely to be so: see docs/clocks.md.",
            ["clock"],
            registry=registry,
        )
        self.counted(dict.fromkeys(NAMES, Count()))

    def counted(self, counts: Mapping[Name, Count]) -> None:
        for clock, count in counts.items():
            self._breached.labels(clock).set(count.breached)
            self._predicted.labels(clock).set(count.predicted)
