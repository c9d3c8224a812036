"""Moments as whole milliseconds since 1970 (UTC): what facts hold, since they are read and written by the thousand."""

from datetime import UTC, datetime, timedelta

AHEAD = timedelta(minutes=5)
MINUTE_MS = 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def ms_of(instant: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (instant - _EPOCH) // _MS


def instant_of(ms: int) -> datetime:
    """The moment that many milliseconds after 1970, in UTC."""
    return _EPOCH + timedelta(milliseconds=ms)


def minute_of(instant: datetime) -> int:
    """Whole minutes since 1970, rounded down."""
    return ms_of(instant) // MINUTE_MS


def moment(claimed: datetime, recorded_at: datetime) -> int:
    """When something counts: as the sender says, but by our clock where the sender's is over 5 minutes ahead."""
    return ms_of(claimed if claimed <= recorded_at + AHEAD else recorded_at)
