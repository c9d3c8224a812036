"""What to do about a CRM's reply. A table, so that it can be read and tested as one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from events import retry_after

RETRY_AFTER_CAP_SECONDS = 3600.0
THROTTLED_SECONDS = 60.0
UNAUTHORIZED_SECONDS = 300.0
BACKOFF_BASE_SECONDS = 1.0
BACKOFF_CAP_SECONDS = 300.0
ERASING_CAP_SECONDS = 86400.0
GIVE_UP_AFTER = timedelta(hours=24)
UNKNOWN = {404, 410}
"""The CRM does not know the customer."""


class Reason(StrEnum):
    """Why a push is late or parked. A closed set: it is shown, and it is a metric label."""

    THROTTLED = "throttled"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    UNKNOWN_PROFILE = "unknown_profile"
    REJECTED = "rejected"
    REDIRECTED = "redirected"
    CONTENDED = "contended"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"
    UNADDRESSABLE = "unaddressable"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a status, or ``failure`` where no usable answer did (it was, or was not, carried out)."""

    status: int | None = None
    retry_after: str | None = None
    failure: Reason | None = None

    @property
    def refused(self) -> bool:
        """What was asked was not carried out."""
        return self.status is not None and 400 <= self.status < 500


@dataclass(frozen=True, slots=True)
class Done:
    """The CRM has it."""


@dataclass(frozen=True, slots=True)
class Reread:
    """The profile is not what we read: read it again and decide anew."""

    reason: Reason = Reason.CONTENDED


@dataclass(frozen=True, slots=True)
class Later:
    """Try this customer again after a growing pause, of ``cap_seconds`` in the end."""

    reason: Reason
    cap_seconds: float = BACKOFF_CAP_SECONDS


@dataclass(frozen=True, slots=True)
class Pause:
    """Leave the CRM alone for this tenant, for so many seconds."""

    reason: Reason
    seconds: float


@dataclass(frozen=True, slots=True)
class Park:
    """Trying again will not help until something changes: show it."""

    reason: Reason


Verdict = Done | Reread | Later | Pause | Park

_PARKED = {403: Reason.FORBIDDEN, **dict.fromkeys(UNKNOWN, Reason.UNKNOWN_PROFILE)}
_HOPELESS = {Reason.UNADDRESSABLE, Reason.REJECTED}
_TRANSIENT = {408, 425}


def decide(reply: Reply, now: datetime) -> Verdict:
    """
    | reply | verdict |
    | --- | --- |
    | 2xx | done |
    | 409, 412 | read again: an earlier try of ours may have landed (then nothing is left to write), or a human edited |
    | 401 | a new token did not help (``crms/exchange.py``): pause the tenant 5 minutes, then one customer tries |
    | 429, and 503 with Retry-After | pause the tenant as told, at most 1 h |
    | 3xx, 403, 404, 410, 422 and other 4xx | park |
    | a customer id that cannot stand in the URL; a good answer that shows that not everything was taken | park |
    | 408, 425, 5xx, timeout, reset, unreadable | later; many in a row pause the tenant (``core/breaker.py``) |
    """
    if reply.failure in _HOPELESS:
        return Park(reply.failure)
    if reply.failure is not None or reply.status is None:
        return Later(reply.failure or Reason.UNREACHABLE)
    status = reply.status
    if status == 429 or (status == 503 and reply.retry_after is not None):
        return Pause(Reason.THROTTLED, retry_after_seconds(reply.retry_after, now))
    if status == 401:
        return Pause(Reason.UNAUTHORIZED, UNAUTHORIZED_SECONDS)
    if status in (409, 412):
        return Reread()
    if status >= 500 or status < 200 or status in _TRANSIENT:
        return Later(Reason.SERVER_ERROR)
    if status < 300:
        return Done()
    return Park(Reason.REDIRECTED if status < 400 else _PARKED.get(status, Reason.REJECTED))


def retry_after_seconds(value: str | None, now: datetime) -> float:
    """Seconds to wait by a Retry-After header (seconds, or an HTTP date): from 1 s to 1 h; 60 s where it is unclear."""
    seconds = retry_after.seconds(value, now)
    return THROTTLED_SECONDS if seconds is None else min(max(seconds, 1.0), RETRY_AFTER_CAP_SECONDS)


def backoff_seconds(attempts: int, jitter: float, cap: float = BACKOFF_CAP_SECONDS) -> float:
    """Full jitter: anything up to 1 s doubled per attempt, at most ``cap``. ``jitter`` is a random number in [0, 1)."""
    return jitter * min(cap, BACKOFF_BASE_SECONDS * 2.0 ** min(attempts, 20))


def patience(verdict: Later, failing_since: datetime | None, now: datetime) -> Later | Park:
    """After 24 hours of failing, park."""
    if failing_since is not None and now - failing_since >= GIVE_UP_AFTER:
        return Park(verdict.reason)
    return verdict
