"""What is told about the on-call schedules. Labels are the schedules of the on-call file."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from alerting.store.oncall_calendars import CalendarState


class OncallTelemetry:
    """Gauges come from the database: every replica says the same, so take max() over them, not sum()."""

    def __init__(self, registry: CollectorRegistry, schedules: Iterable[str]) -> None:
        self._gaps = Gauge(
            "amends_alerting_oncall_gap_seconds",
            "How long, in the next 14 days, nobody is on call on any layer of the schedule.",
            ["schedule"],
            registry=registry,
        )
        self._now = Gauge(
            "amends_alerting_oncall_somebody",
            "1 while somebody is on call in the schedule, 0 while nobody is.",
            ["schedule"],
            registry=registry,
        )
        self._age = Gauge(
            "amends_alerting_oncall_calendar_age_seconds",
            "How long ago the source of the calendar last answered with one; the copy of then is in use.",
            ["schedule", "layer"],
            registry=registry,
        )
        self._unmatched = Gauge(
            "amends_alerting_oncall_calendar_unmatched_events",
            "Events of the calendar that mean nobody of the on-call file (up to 50).",
            ["schedule", "layer"],
            registry=registry,
        )
        self._fetches = Counter(
            "amends_alerting_oncall_calendar_fetches_total",
            "Tries to fetch a calendar.",
            ["result"],
            registry=registry,
        )
        for schedule in schedules:
            self._gaps.labels(schedule)
        for result in ("ok", "failed"):
            self._fetches.labels(result)

    def covered(self, schedule: str, *, seconds: float, now: bool) -> None:
        self._gaps.labels(schedule).set(seconds)
        self._now.labels(schedule).set(now)

    def fetched(self, *, ok: bool) -> None:
        self._fetches.labels("ok" if ok else "failed").inc()

    def calendars(self, states: Sequence[CalendarState]) -> None:
        for each in states:
            self._unmatched.labels(each.schedule, str(each.layer)).set(len(each.unmatched))
            if each.age_seconds is not None:
                self._age.labels(each.schedule, str(each.layer)).set(each.age_seconds)
