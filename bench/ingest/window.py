"""The time that counts in a measurement, and what came of it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

TAIL_SECONDS = 0.1
"""The load goes on so long after the time that counts, lest its end be quiet."""

clock = time.perf_counter
T = TypeVar("T")


class LoadFailed(Exception):
    """What was measured means nothing: refused requests, a connection that broke, records that are missing."""


@dataclass(frozen=True, slots=True)
class Times:
    """Of one measurement, in seconds."""

    warm_up: float
    counted: float

    @property
    def whole(self) -> float:
        return self.warm_up + self.counted + TAIL_SECONDS


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """What came of the time that counts.

    Attributes:
        seconds: its length.
        latencies: of each request that counts, seconds from when it was due to its answer.
        accepted: requests answered 202 in all, before and after it too.
        before, after: what the caller's ``look`` saw at its two ends.
    """

    seconds: float
    latencies: Sequence[float]
    accepted: int
    before: T
    after: T

    @property
    def answered(self) -> int:
        """Requests that count."""
        return len(self.latencies)


class Watch(Generic[T]):
    """Looks at both ends of the time that counts, which starts with the warm-up, now."""

    def __init__(self, look: Callable[[], T], times: Times) -> None:
        self._look = look
        self._seen: list[tuple[float, T]] = []
        loop = asyncio.get_running_loop()
        ends = (times.warm_up, times.warm_up + times.counted)
        self._timers = [loop.call_later(seconds, self._note) for seconds in ends]

    def _note(self) -> None:
        self._seen.append((clock(), self._look()))

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def window(self, due: Sequence[float], done: Sequence[float], counts: Sequence[float]) -> Window[T]:
        """``counts``: the moment that decides for each request whether it counts. Raises LoadFailed."""
        if len(self._seen) != 2:
            raise LoadFailed("the load ended before its time")
        (began, before), (ended, after) = self._seen
        latencies = [b - a for a, b, moment in zip(due, done, counts, strict=True) if began <= moment < ended]
        if not latencies:
            raise LoadFailed("nothing was answered in the time that counts")
        return Window(ended - began, latencies, len(done), before, after)
