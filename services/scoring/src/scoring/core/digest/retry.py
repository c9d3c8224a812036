"""When to try to send a digest again, and when to stop trying."""

FIRST_SECONDS = 30.0
LONGEST_SECONDS = 3600.0
GIVE_UP_SECONDS = 24 * 3600.0


def delay(attempts: int, *, age: float, share: float) -> float | None:
    """Seconds to wait after the attempt that failed, or None to give up: a day later the news is old.

    Args:
        attempts: how many were made, at least 1.
        age: seconds since it was due.
        share: a random number from 0 to 1: spreads retries over the upper half of the wait.
    """
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts, 20))
    wait = longest * (1 + share) / 2
    return None if age + wait > GIVE_UP_SECONDS else wait
