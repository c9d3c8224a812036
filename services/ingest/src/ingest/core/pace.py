"""A token bucket kept as one moment, so that it fits a row that several workers share.

``free_at`` is when the bucket is full again if nothing more is taken (GCRA, ITU-T I.371). It holds what comes in one
second, at least two: with one, whoever looks every half second would come too late for half of what is allowed.
"""

import math
from datetime import datetime, timedelta

LEAST_BURST = 2.0
_DUST = 1e-6
"""Of a request: what sums of microseconds may lack of a whole one."""


def available(free_at: datetime, now: datetime, per_second: float) -> int:
    """How many requests may go out now."""
    owed = max(0.0, (free_at - now).total_seconds()) * per_second
    return max(0, math.floor(max(LEAST_BURST, per_second) - owed + _DUST))


def taken(free_at: datetime, now: datetime, per_second: float, count: int) -> datetime:
    """``free_at`` after ``count`` requests went out."""
    return max(free_at, now) + timedelta(seconds=count / per_second)
