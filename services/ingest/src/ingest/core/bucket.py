"""Token buckets: so many a second, and so many at once after a rest. Times are seconds on one monotonic clock."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")

MOST_KEYS = 10_000


class Buckets(Generic[K]):
    """One bucket per key, forgotten least recently used first beyond ``most``: a flood of keys costs bounded memory.

    Args:
        per_second: tokens that come back each second.
        burst: what a full bucket holds.
    """

    def __init__(self, per_second: float, burst: float, *, most: int = MOST_KEYS) -> None:
        self.per_second = per_second
        self.burst = burst
        self._most = most
        self._buckets: OrderedDict[K, tuple[float, float]] = OrderedDict()

    def wait(self, key: K, now: float) -> float:
        """Seconds until a token is there; 0 where there is one. Takes nothing."""
        return max(0.0, (1 - self._level(key, now)) / self.per_second)

    def take(self, key: K, now: float) -> float:
        """Take a token: 0, or, where there is none, the seconds until there is one."""
        level = self._level(key, now)
        if level < 1:
            return (1 - level) / self.per_second
        self._buckets[key] = (level - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return 0.0

    def _level(self, key: K, now: float) -> float:
        kept = self._buckets.get(key)
        if kept is None:
            return self.burst
        level, then = kept
        return min(self.burst, level + (now - then) * self.per_second)
