"""What becomes of a case whose customer asked to be forgotten."""

from dataclasses import replace
from datetime import datetime

from alerting.core.case.state import Case

BY = "Amends"
WHY = "The customer asked to be forgotten."


def forgotten(case: Case, now: datetime) -> Case:
    """Closed, if it was not: nobody can be called about it. Nothing is said in it any more of what was done or why."""
    if case.state == "closed":
        return replace(
            case,
            remedy=None if case.remedy is None else WHY,
            dismissal=None if case.dismissal is None else WHY,
        )
    return replace(
        case,
        state="closed",
        version=case.version + 1,
        closed_by=BY,
        closed_at=now,
        outcome="dismissed",
        dismissal=WHY,
        leased_until=None,
        callback_at=None,
        contact_paused_until=None,
    )
