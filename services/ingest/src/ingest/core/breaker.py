"""A circuit breaker: whether trying is worth the wait. Times are seconds on one monotonic clock, passed in."""

from enum import Enum


class State(Enum):
    CLOSED = "closed"
    """All is well: everyone may try."""
    OPEN = "open"
    """A try has just failed, or the probe is still out: nobody may try."""
    HALF_OPEN = "half-open"
    """Time to know: the next one may try, alone."""


class Breaker:
    """Opens at the first failure, for what fails here fails slowly; lets one probe through after ``rest`` seconds.

    A try that began before somebody's success says nothing when it fails late: then it was the try (one partition, one
    topic), not the whole of Kafka.
    """

    def __init__(self, rest: float = 1.0) -> None:
        self._rest = rest
        self._opened: float | None = None
        self._probe: float | None = None
        self._succeeded = float("-inf")

    def state(self, now: float) -> State:
        if self._opened is None:
            return State.CLOSED
        if self._probe is not None or now < self._opened + self._rest:
            return State.OPEN
        return State.HALF_OPEN

    def admit(self, now: float) -> bool:
        """Whether to try now. Whoever is admitted reports ``succeeded`` or ``failed``, whatever happens."""
        state = self.state(now)
        if state is State.HALF_OPEN:
            self._probe = now
        return state is not State.OPEN

    def succeeded(self, now: float) -> bool:
        """Returns whether this closed it."""
        was_open = self._opened is not None
        self._opened = self._probe = None
        self._succeeded = now
        return was_open

    def failed(self, began: float, now: float) -> bool:
        """``began``: when this try was admitted. Returns whether this opened it."""
        if began == self._probe:
            self._probe = None
        if began < self._succeeded:
            return False
        was_closed = self._opened is None
        self._opened = now
        return was_closed
