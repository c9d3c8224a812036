"""The same customer about the same thing once more, and still it is not resolved. Off until turned on.

``resolved`` is what the contact's own report says. What matters is the later contact: that there was an earlier one
says that the matter is not settled, whatever its report claimed.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.rule import Circumstances, Rule, RuleSettings

FARTHEST = timedelta(days=60)


class Settings(RuleSettings):
    """Attributes:
    within_days: from the earliest of the contacts to the latest.
    contacts: how many of them make a repeat, the latest included.
    """

    enabled: bool = False
    within_days: Annotated[int, Field(ge=1, le=FARTHEST.days)] = 7
    contacts: Annotated[int, Field(ge=2, le=10)] = 2


def _judge(found: Circumstances, settings: Settings) -> Decision | None:
    contact = found.contact
    if contact is None or contact.resolved is not False or contact.outbound or contact.offered_at is None:
        return None
    if contact.reason is None or contact.customer_id is None:
        return None
    since = contact.offered_at - timedelta(days=settings.within_days)
    before = [
        each
        for each in found.contacts
        if each.reason == contact.reason and not each.outbound and each.offered_at and each.offered_at >= since
    ]
    if len(before) + 1 < settings.contacts:
        return None
    return Decision(Verdict.OPEN, Reason.REPEAT_UNRESOLVED)


RULE = Rule("repeat_unresolved", frozenset({"contact"}), Settings, _judge, sees_contacts=True)
