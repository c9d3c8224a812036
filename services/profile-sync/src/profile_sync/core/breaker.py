"""Whether a tenant's CRM may be called, as this process finds it. Times are seconds of one monotonic clock, passed in.

The CRM's own "not now" (Retry-After) ends by itself. What looks like an outage – failures in a row across customers, or
a refused token – ends with a probe: one customer goes first, and the others follow when the CRM has answered.
"""

from enum import StrEnum

from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Later, Pause, Reason, Verdict

FAILURES = 8
"""So many customers in a row whom the CRM failed are not eight customers' bad luck."""
SHORTEST_SECONDS = 5.0
LONGEST_SECONDS = 300.0


class State(StrEnum):
    """CLOSED: call. OPEN: do not. HALF_OPEN: one may, to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Of one tenant."""

    def __init__(self) -> None:
        self._failed: set[Customer] = set()
        self._trips = 0
        self._until = float("-inf")
        self._doubted = False
        self._probe: Customer | None = None

    def state(self, now: float) -> State:
        if now < self._until:
            return State.OPEN
        return State.HALF_OPEN if self._doubted else State.CLOSED

    def room(self, now: float) -> int | None:
        """How many more customers may be begun with; None is any number."""
        state = self.state(now)
        if state is State.CLOSED:
            return None
        return int(state is State.HALF_OPEN and self._probe is None)

    def admits(self, customer: Customer, now: float) -> bool:
        """Whether to call for this customer now. The first to ask while it is half open is the probe."""
        state = self.state(now)
        if state is State.HALF_OPEN and self._probe is None:
            self._probe = customer
        return state is State.CLOSED or (state is State.HALF_OPEN and self._probe == customer)

    def ended(self, customer: Customer) -> None:
        """Nothing more is called for this customer, whatever came of it."""
        if self._probe == customer:
            self._probe = None

    def heard(self, customer: Customer, verdict: Verdict, now: float) -> Pause | None:
        """What the CRM said. Returns for how long to leave it alone, where that is news.

        What began before a pause and fails in it says nothing new; what succeeds in it does not end it.
        """
        if isinstance(verdict, Pause):
            self._until = max(self._until, now + verdict.seconds)
            self._doubted |= verdict.reason is Reason.UNAUTHORIZED
            return verdict
        if self.state(now) is State.OPEN:
            return None
        if not isinstance(verdict, Later) or verdict.reason is Reason.CONTENDED:
            self._failed.clear()
            self._trips, self._doubted = 0, False
            return None
        self._failed.add(customer)
        return self._open(verdict.reason, now) if self._doubted or len(self._failed) >= FAILURES else None

    def _open(self, reason: Reason, now: float) -> Pause:
        seconds = min(LONGEST_SECONDS, SHORTEST_SECONDS * 2.0 ** min(self._trips, 16))
        self._failed.clear()
        self._trips, self._doubted = self._trips + 1, True
        self._until = now + seconds
        return Pause(reason, seconds)
