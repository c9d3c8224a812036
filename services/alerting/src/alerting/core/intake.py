"""What to do with an answer or a contact, given what is already known about the same one."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from alerting.core.rules.decision import Decision, Reason, Verdict

UNSEEN = -1
"""The version of an answer nothing is known about yet."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was last decided about one answer or contact, why, and the case it is evidence of."""

    version: int = UNSEEN
    verdict: Verdict = Verdict.NONE
    case_id: UUID | None = None
    reason: Reason | None = None


class Step(StrEnum):
    IGNORE = "ignore"
    """An older report, or the same again."""
    RECORD = "record"
    """Remember the decision; no case."""
    OPEN = "open"
    """Open a case, or join the one that is open about the same contact."""
    UPDATE = "update"
    """Still bad: refresh the evidence on its case. Nobody is told twice."""
    CORRECT = "correct"
    """No longer bad: say so on its case."""


def plan(known: Known, version: int, decision: Decision) -> Step:
    """Decide by the newest report alone, so that every order of arrival ends alike.

    A corrected answer never closes its case: the customer was unhappy enough to say so once, and a person decides with
    one click whether that is settled. Evidence that already hangs on a case follows its revisions however old they
    are: that tells nobody, so freshness does not matter.
    """
    if version <= known.version:
        return Step.IGNORE
    on_case = known.case_id is not None and known.verdict is Verdict.OPEN
    if on_case:
        return Step.CORRECT if decision.verdict is Verdict.NONE else Step.UPDATE
    return Step.OPEN if decision.opens else Step.RECORD


def plan_again(known: Known, decision: Decision) -> Step:
    """The same report judged once more, since more is known around it: only another verdict is news."""
    if known.verdict is Verdict.OPEN:
        return Step.CORRECT if decision.verdict is Verdict.NONE else Step.IGNORE
    if decision.opens:
        return Step.OPEN
    return Step.IGNORE if known.verdict is decision.verdict else Step.RECORD
