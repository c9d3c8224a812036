"""Old news pages nobody: neither what was told to us late nor what is read again from the topic."""

from datetime import datetime, timedelta

from alerting.core.rules.decision import Decision, Reason, Verdict


def only_fresh(
    decision: Decision, *, occurred_at: datetime, recorded_at: datetime, now: datetime, limit: timedelta
) -> Decision:
    """``decision``, or the same suppressed because the answer is old.

    Args:
        occurred_at: when the customer said it.
        recorded_at: when Amends accepted it.
        now: by the database's clock.
        limit: exactly this old is still fresh.
    """
    if not decision.opens:
        return decision
    if recorded_at - occurred_at > limit:
        return Decision(Verdict.SUPPRESSED_STALE, Reason.ARRIVED_LATE)
    if now - recorded_at > limit:
        return Decision(Verdict.SUPPRESSED_STALE, Reason.REPLAYED)
    return decision
