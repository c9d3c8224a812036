"""Old news pages nobody: neither what was told to us late nor what is read again from the topic."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.core.rules.decision import Decision, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is news.

    Attributes:
        now: by the database's clock.
        limit: exactly this old is still fresh.
    """

    now: datetime
    limit: timedelta

    def stale(self, *, occurred_at: datetime, recorded_at: datetime) -> Reason | None:
        """Why it is old news; None where it is fresh.

        Args:
            occurred_at: when the customer said it.
            recorded_at: when Amends accepted it.
        """
        if recorded_at - occurred_at > self.limit:
            return Reason.ARRIVED_LATE
        if self.now - recorded_at > self.limit:
            return Reason.REPLAYED
        return None

    def only_fresh(self, decision: Decision, *, occurred_at: datetime, recorded_at: datetime) -> Decision:
        """``decision``, or the same suppressed because it is old news."""
        stale = self.stale(occurred_at=occurred_at, recorded_at=recorded_at) if decision.opens else None
        return decision if stale is None else Decision(Verdict.SUPPRESSED_STALE, stale)
