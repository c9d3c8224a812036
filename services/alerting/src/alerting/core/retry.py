"""When to try a delivery again, and when to stop trying."""

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 15 * 60.0
LONGEST_ASKED_SECONDS = 3600.0
GIVE_UP_SECONDS = 24 * 3600.0


def delay(attempts: int, *, age: float, share: float, asked: float | None = None) -> float | None:
    """Seconds to wait after the attempt that failed, or None to give up. Exponential with full jitter.

    Args:
        attempts: how many were made, at least 1.
        age: seconds since the delivery was first due.
        share: a random number from 0 to 1: spreads retries, so that a destination that comes back is not flooded.
        asked: seconds the destination asked us to wait (``Retry-After``); honoured up to an hour.
    """
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts, 20))
    wait = max(FIRST_SECONDS / 2, share * ceiling, min(asked or 0.0, LONGEST_ASKED_SECONDS))
    return None if age + wait > GIVE_UP_SECONDS else wait
