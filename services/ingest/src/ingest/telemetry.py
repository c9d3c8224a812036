"""What ingest tells about itself: accepted events, refused requests and why, time, bytes, the breaker."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from events.catalog import POSTED_BY_NAME
from ingest.core.breaker import State
from ingest.core.gate import Gate

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
OTHER = "other"
MOST_SOURCES = 500
"""A label is a time series for ever: sources beyond these are counted together, as ``other``."""


class Reason(StrEnum):
    """Why a request was not accepted."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    WRONG_METHOD = "wrong-method"
    TOO_SLOW = "too-slow"
    TOO_LARGE = "too-large"
    UNSUPPORTED_TYPE = "unsupported-type"
    OFF_CONTRACT = "off-contract"
    TOO_MANY = "too-many"
    STORE_AWAY = "store-away"
    OVERLOADED = "overloaded"
    OUR_FAULT = "our-fault"

    @classmethod
    def of_status(cls, status: int) -> "Reason":
        """For what is raised as a problem of that status."""
        return _BY_STATUS.get(status, cls.OUR_FAULT)


# Of the two reasons for 503, whoever answers "overloaded" says so itself.
_BY_STATUS = {
    400: Reason.MALFORMED,
    401: Reason.UNAUTHENTICATED,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    405: Reason.WRONG_METHOD,
    408: Reason.TOO_SLOW,
    413: Reason.TOO_LARGE,
    415: Reason.UNSUPPORTED_TYPE,
    422: Reason.OFF_CONTRACT,
    429: Reason.TOO_MANY,
    503: Reason.STORE_AWAY,
}


class Telemetry:
    """Of the process as a whole.

    Args:
        routes: the names of routes whose time is told apart; all others are one.
    """

    def __init__(self, registry: CollectorRegistry, routes: Iterable[str]) -> None:
        accepted = Counter("amends_ingest_events_total", "Events accepted.", ["type"], registry=registry)
        self._ahead = Counter(
            "amends_ingest_events_ahead_total",
            "Events accepted although they name a moment over 5 minutes ahead of our clock.",
            registry=registry,
        )
        rejected = Counter("amends_ingest_rejected_total", "Requests not accepted.", ["reason"], registry=registry)
        seconds = Histogram(
            "amends_ingest_request_duration_seconds",
            "Time to answer a request.",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self._bytes = Counter("amends_ingest_body_bytes_total", "Bytes of bodies read, as sent.", registry=registry)
        # The children are looked up once: labels() costs more than the counting.
        self._accepted = {type_: accepted.labels(type_) for type_ in POSTED_BY_NAME}
        self._rejected = {reason: rejected.labels(reason) for reason in Reason}
        self._seconds = {route: seconds.labels(route) for route in (*routes, OTHER)}

    def accepted(self, type_: str, count: int) -> None:
        self._accepted[type_].inc(count)

    def ahead(self, count: int) -> None:
        self._ahead.inc(count)

    def rejected(self, reason: Reason) -> None:
        self._rejected[reason].inc()

    def answered(self, route: str, seconds: float) -> None:
        self._seconds.get(route, self._seconds[OTHER]).observe(seconds)

    def read(self, size: int) -> None:
        self._bytes.inc(size)


class _Arrivals(NamedTuple):
    """Two children looked up once: this is counted at every request, and labels() costs more than the counting."""

    accepted: Counter
    last: Gauge


class SourceTelemetry:
    """Per source. Only sources that ``know`` has named get a label of their own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._accepted = Counter("amends_ingest_source_events_total", "Events accepted.", ["source"], registry=registry)
        self._rejected = Counter(
            "amends_ingest_source_rejected_total", "Requests not accepted.", ["source", "reason"], registry=registry
        )
        self._ignored = Counter(
            "amends_ingest_source_ignored_total",
            "Things a webhook told that are nothing for us.",
            ["source"],
            registry=registry,
        )
        self._queued = Counter(
            "amends_ingest_source_queued_total", "Things to fetch after.", ["source"], registry=registry
        )
        self._repeated = Counter(
            "amends_ingest_source_repeated_total",
            "Events accepted that this process had accepted shortly before: the sender repeats itself.",
            ["source"],
            registry=registry,
        )
        self._last = Gauge(
            "amends_ingest_source_last_event_timestamp_seconds",
            "When an event of this source was last accepted, in seconds since 1970; 0: not since the start.",
            ["source"],
            registry=registry,
        )
        self._known: dict[str, _Arrivals] = {}
        self.know((OTHER,))

    def know(self, sources: Iterable[str]) -> None:
        for source in sources:
            if source in self._known or len(self._known) > MOST_SOURCES:
                continue
            for family in (self._ignored, self._queued, self._repeated):
                family.labels(source)
            self._known[source] = _Arrivals(self._accepted.labels(source), self._last.labels(source))
            for reason in Reason:
                self._rejected.labels(source, reason)

    def label(self, source: str) -> str:
        return source if source in self._known else OTHER

    def accepted(self, counts: Mapping[str, int], at: float) -> None:
        """``at``: seconds since 1970."""
        for source, count in counts.items():
            arrivals = self._known.get(source) or self._known[OTHER]
            arrivals.accepted.inc(count)
            arrivals.last.set(at)

    def repeated(self, source: str, count: int) -> None:
        self._repeated.labels(self.label(source)).inc(count)

    def told(self, source: str, *, ignored: int, queued: int) -> None:
        self._ignored.labels(self.label(source)).inc(ignored)
        self._queued.labels(self.label(source)).inc(queued)

    def rejected(self, source: str, reason: Reason) -> None:
        self._rejected.labels(self.label(source), reason).inc()


def watch(registry: CollectorRegistry, gate: Gate, breaker: Callable[[], State]) -> None:
    """Gauges that are read when they are asked for."""
    states = Gauge(
        "amends_ingest_breaker_state", "1 for the breaker's state towards Kafka.", ["state"], registry=registry
    )
    for state in State:
        states.labels(state.value).set_function(lambda state=state: breaker() is state)  # type: ignore[misc]
    requests = Gauge("amends_ingest_in_flight_requests", "Requests being handled.", registry=registry)
    requests.set_function(lambda: gate.requests)
    held = Gauge("amends_ingest_in_flight_bytes", "Bytes of bodies being handled.", registry=registry)
    held.set_function(lambda: gate.bytes)
