"""What ingest tells about itself: accepted events, refused requests and why, time, bytes, the breaker."""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from events.catalog import BY_NAME
from ingest.core.breaker import State
from ingest.core.gate import Gate
from ingest.core.limits import is_ahead
from ingest.core.reading import Placed

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
OTHER = "other"


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
    KAFKA_AWAY = "kafka-away"
    OVERLOADED = "overloaded"
    OUR_FAULT = "our-fault"


# 503 is not here: it has two reasons, and whoever answers it knows which.
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
    500: Reason.OUR_FAULT,
}


class Telemetry:
    def __init__(self, registry: CollectorRegistry, routes: Iterable[str]) -> None:
        """``routes``: the paths whose time is told apart; all others are one."""
        self._accepted = Counter("amends_ingest_events_total", "Events accepted.", ["type"], registry=registry)
        self._ahead = Counter(
            "amends_ingest_events_ahead_total",
            "Events accepted although they name a moment over 5 minutes ahead of our clock.",
            registry=registry,
        )
        self._rejected = Counter(
            "amends_ingest_rejected_total", "Requests not accepted.", ["reason"], registry=registry
        )
        self._seconds = Histogram(
            "amends_ingest_request_duration_seconds",
            "Time to answer a request.",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self._bytes = Counter("amends_ingest_body_bytes_total", "Bytes of bodies read, as sent.", registry=registry)
        self._routes = tuple(routes)
        for type_ in BY_NAME:
            self._accepted.labels(type_)
        for reason in Reason:
            self._rejected.labels(reason)
        for route in (*self._routes, OTHER):
            self._seconds.labels(route)

    def accepted(self, placed: Sequence[Placed]) -> None:
        for type_, count in Tally(event.type for _, event in placed).items():
            self._accepted.labels(type_).inc(count)
        self._ahead.inc(sum(is_ahead(event) for _, event in placed))

    def rejected(self, reason: Reason) -> None:
        self._rejected.labels(reason).inc()

    def answered(self, path: str, status: int, seconds: float) -> None:
        self._seconds.labels(path if path in self._routes else OTHER).observe(seconds)
        if status in _BY_STATUS:
            self.rejected(_BY_STATUS[status])

    def read(self, size: int) -> None:
        self._bytes.inc(size)


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
