"""Which case an answer belongs to that opens none: what the customer says after we spoke with them, or adds to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from alerting.core.answer import Answer
from events.scales import SCALES

WITHIN = timedelta(days=30)
"""After the contact: a later answer says little about how the case was handled."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A case of the same customer or contact.

    Attributes:
        contacted_at: when the customer was reached, by our clock; None where they were not.
    """

    case_id: UUID
    tenant: str
    customer_id: str | None
    interaction_id: str | None
    closed: bool
    contacted_at: datetime | None


def rerated(answer: Answer, cases: Iterable[Worked]) -> UUID | None:
    """The case whose handling a survey answer rates: about the same contact, else the customer's. The one they were
    reached for last before they answered, at most 30 days ago."""
    if answer.kind != "survey" or answer.score is None:
        return None
    reached = [
        (each.interaction_id == answer.interaction_id, each.contacted_at, each.case_id)
        for each in cases
        if each.contacted_at is not None
        and each.contacted_at < answer.occurred_at <= each.contacted_at + WITHIN
        and _theirs(answer, each)
    ]
    return max(reached)[-1] if reached else None


def percent(answer: Answer) -> float | None:
    """The score on 0 to 100; None without one."""
    return None if answer.score is None or answer.scale is None else SCALES[answer.scale].percent(answer.score)


def joined(answer: Answer, cases: Iterable[Worked]) -> UUID | None:
    """The case, not closed, that what a customer wrote belongs to: about the same contact, and of no other customer.

    A survey tool may tell the comment apart from the score, and after it.
    """
    if not answer.comment or answer.kind != "survey" or (answer.score is None and not answer.partial):
        return None
    found = [each.case_id for each in cases if not each.closed and _same_contact(answer, each)]
    return min(found, default=None)


def _same_contact(answer: Answer, case: Worked) -> bool:
    if answer.tenant != case.tenant or answer.interaction_id != case.interaction_id:
        return False
    if answer.interaction_id is None:
        return answer.customer_id is not None and answer.customer_id == case.customer_id
    return not _other_customer(answer, case)


def _theirs(answer: Answer, case: Worked) -> bool:
    if answer.tenant != case.tenant or _other_customer(answer, case):
        return False
    same_customer = answer.customer_id is not None and answer.customer_id == case.customer_id
    return same_customer or (answer.interaction_id is not None and answer.interaction_id == case.interaction_id)


def _other_customer(answer: Answer, case: Worked) -> bool:
    return bool(answer.customer_id and case.customer_id and answer.customer_id != case.customer_id)
