"""How fast a walk over all customers may go, and how far it has come. Times are the database's."""

from datetime import datetime, timedelta
from enum import StrEnum
from math import floor
from typing import NamedTuple


class Purpose(StrEnum):
    """Why everybody is looked at.

    BACKFILL: the CRM is new, or has new fields: everything is pushed, also what was parked. RECONCILE: does the CRM
    still hold what was agreed?
    """

    BACKFILL = "backfill"
    RECONCILE = "reconcile"


FASTEST = 50.0
"""Customers per second, whoever asks for more."""

MOST_WAITING = 16
"""So many of one sweep are in the outbox at once: what customers say meanwhile waits behind no more than these."""

MOST_FAILING = 100
"""A CRM that refuses so many of them is left alone until some got through or were parked."""

BURST = timedelta(seconds=0.5)
"""What was not used of the rate is lost, but for this long, or for one customer."""


class Waiting(NamedTuple):
    """Customers of one sweep in the outbox: not tried yet, and tried in vain."""

    fresh: int
    failing: int


class Progress(NamedTuple):
    """Of all walks under way for one purpose."""

    running: int
    total: int
    checked: int


def allowance(rate: float, used_until: datetime, now: datetime, waiting: Waiting) -> tuple[int, datetime]:
    """How many customers may be queued now, and until when the rate is used up then. ``rate``: customers a second."""
    since = max(used_until, now - max(BURST, timedelta(seconds=1 / rate)))
    earned = floor((now - since) / timedelta(seconds=1) * rate + 1e-6)
    room = MOST_WAITING - waiting.fresh if waiting.failing < MOST_FAILING else 0
    count = max(0, min(earned, room))
    return count, since + timedelta(seconds=count / rate)


def seconds_left(total: int | None, checked: int, rate: float, elapsed: timedelta) -> float | None:
    """Until all are checked, at the pace so far, which is the rate at most. None where nobody has counted yet."""
    if total is None:
        return None
    seconds = elapsed.total_seconds()
    pace = min(rate, checked / seconds) if checked and seconds > 0 else rate
    return max(0, total - checked) / pace
