"""A customer was promised a call back, and nobody has spoken with them since."""

from datetime import datetime, timedelta

from alerting.core.contact import Contact
from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.rule import Circumstances, Minutes, Rule, RuleSettings


class Settings(RuleSettings):
    """Attributes:
    minutes: from the promise until it counts as broken.
    """

    minutes: Minutes = 120


def promised_at(contact: Contact) -> datetime | None:
    """When a call back was promised that is still to be made; None without such a promise."""
    if not contact.callback_queued or contact.answered_at is not None:
        return None
    return contact.ended_at or contact.offered_at


def due_at(contact: Contact, settings: Settings) -> datetime | None:
    """When the promise counts as broken."""
    promised = promised_at(contact)
    return None if promised is None else promised + timedelta(minutes=settings.minutes)


def _judge(found: Circumstances, _: Settings) -> Decision | None:
    if found.contact is None or promised_at(found.contact) is None or found.kept_at is not None:
        return None
    return Decision(Verdict.OPEN, Reason.CALL_BACK_MISSED, "call_back")


RULE = Rule("call_back_missed", frozenset({"promise"}), Settings, _judge)
