"""What a vendor's answer means for what we wanted to fetch: a function of values, so that the table can be read and
tested as one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from events import retry_after


class Reason(StrEnum):
    """Why something is fetched later, or parked. A closed set: it is kept, shown, and a metric label."""

    THROTTLED = "throttled"
    UNAUTHORIZED = "unauthorized"
    NOT_CONFIGURED = "not-configured"
    NOT_FOUND = "not-found"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    SERVER_ERROR = "server-error"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too-large"
    UNADDRESSABLE = "unaddressable"
    UNMAPPABLE = "unmappable"
    SOURCE_GONE = "source-gone"
    KAFKA_AWAY = "kafka-away"
    OUR_FAULT = "our-fault"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and when to give up.

    Attributes:
        first, longest: the pause after a failure is random, up to ``first`` doubled per attempt, at most ``longest``.
        give_up: since the first of the failures in a row.
        missing: the same, for what the vendor does not have: it may announce before its own database has it.
        tries: so many there are at least, since a source may have rested for most of that time.
        unauthorized: how long a source rests whose token is refused, or not there.
        throttled: how long a source rests that was told to, but not for how long.
        asked: the longest rest we grant a vendor.
        kafka: when to look again while Kafka is away.
    """

    first: float = 1.0
    longest: float = 300.0
    give_up: float = 24 * 3600.0
    missing: float = 600.0
    tries: int = 5
    unauthorized: float = 300.0
    throttled: float = 60.0
    asked: float = 3600.0
    kafka: float = 5.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was asked for. Its content is a customer's: never shown in a repr."""

    document: Any

    def __repr__(self) -> str:
        return "Fetched(…)"


@dataclass(frozen=True, slots=True)
class Later:
    """Try this one again after a growing pause."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Pause:
    """Leave the vendor alone for this source, for so many seconds."""

    reason: Reason
    seconds: float


@dataclass(frozen=True, slots=True)
class Park:
    """Trying again will not help until somebody changes something. ``pointers``: where the document has the trouble."""

    reason: Reason
    pointers: tuple[str, ...] = ()


Refusal = Later | Pause | Park

_LATER = {404: Reason.NOT_FOUND, 410: Reason.NOT_FOUND, 408: Reason.TIMEOUT, 425: Reason.SERVER_ERROR}


def refusal(status: int, asked: str | None, now: datetime, patience: Patience) -> Refusal:
    """What to do about a status other than 200.

    | status | verdict |
    | --- | --- |
    | 401, 403 | the source rests some minutes: the token is wrong for everything |
    | 429, and 503 with Retry-After | the source rests as told, at most an hour |
    | 404, 410 | later, for some minutes; then park |
    | 408, 425, 5xx, and 1xx or 2xx without a document | later, for a day; then park |
    | 3xx, other 4xx | park |
    """
    if status in (401, 403):
        return Pause(Reason.UNAUTHORIZED, patience.unauthorized)
    if status == 429 or (status == 503 and asked is not None):
        return Pause(Reason.THROTTLED, retry_after_seconds(asked, now, patience))
    if status in _LATER:
        return Later(_LATER[status])
    if status >= 500:
        return Later(Reason.SERVER_ERROR)
    if status < 300:
        return Later(Reason.UNREADABLE)
    return Park(Reason.REDIRECTED if status < 400 else Reason.REJECTED)


def retry_after_seconds(value: str | None, now: datetime, patience: Patience) -> float:
    """Seconds to rest by a Retry-After header: seconds, or an HTTP date; from 1 s to the longest we grant."""
    seconds = retry_after.seconds(value, now)
    return patience.throttled if seconds is None else min(max(seconds, 1.0), patience.asked)


def backoff_seconds(attempts: int, jitter: float, patience: Patience) -> float:
    """Full jitter after ``attempts`` failures before this one. ``jitter``: a random number in [0, 1)."""
    return jitter * min(patience.longest, patience.first * 2.0 ** min(attempts, 20))


def given_up(verdict: Later, attempts: int, failing_since: datetime | None, now: datetime, patience: Patience) -> bool:
    """Whether to park instead.

    Args:
        attempts: how many there were before this one.
        failing_since: the first of the failures in a row; None where this is the first.
    """
    if failing_since is None or attempts + 1 < patience.tries:
        return False
    limit = patience.missing if verdict.reason is Reason.NOT_FOUND else patience.give_up
    return now - failing_since >= timedelta(seconds=limit)
