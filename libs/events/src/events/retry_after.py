"""The header Retry-After (RFC 9110, 10.2.3): a number of seconds, or a date."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds(value: str | None, now: datetime) -> float | None:
    """How long to wait, below zero for what has passed. None where nothing clear is said.

    Args:
        now: what a date counts from.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    then = moment(text)
    return None if then is None else (then - now).total_seconds()


def moment(value: str) -> datetime | None:
    """The moment that an HTTP date names; None for what is no such date."""
    try:
        then = parsedate_to_datetime(value)
        return then if then.tzinfo else then.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
