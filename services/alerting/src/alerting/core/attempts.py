"""Slowing down those who guess a passphrase."""

from collections import deque


class FailedAttempts:
    """Failures per address in a sliding window. At most ``MAX_ADDRESSES`` are remembered; time is an argument."""

    LIMIT = 10
    WINDOW_SECONDS = 60.0
    MAX_ADDRESSES = 10_000

    def __init__(self) -> None:
        self._failures: dict[str, deque[float]] = {}

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address may try again; 0 when it may now."""
        recent = self._failures.get(address, deque())
        while recent and recent[0] <= now - self.WINDOW_SECONDS:
            recent.popleft()
        return recent[0] + self.WINDOW_SECONDS - now if len(recent) >= self.LIMIT else 0.0

    def failed(self, address: str, now: float) -> None:
        failures = self._failures.pop(address, deque(maxlen=self.LIMIT))
        failures.append(now)
        self._failures[address] = failures  # most recent last, so that the oldest is dropped below
        if len(self._failures) > self.MAX_ADDRESSES:
            self._failures.pop(next(iter(self._failures)))
