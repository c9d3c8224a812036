"""When to try a message again, and when to stop trying."""

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 15 * 60.0
GIVE_UP_SECONDS = 24 * 3600.0


def delay(attempts: int, *, age: float, share: float) -> float | None:
    """Seconds to wait after the attempt that failed, or None to give up. Exponential with full jitter.

    Args:
        attempts: how many were made, at least 1.
        age: seconds since the message was queued.
        share: a random number from 0 to 1: spreads retries, so that a service that comes back is not flooded.
    """
    wait = max(FIRST_SECONDS / 2, share * min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts, 20)))
    return None if age + wait > GIVE_UP_SECONDS else wait
