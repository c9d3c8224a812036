"""What the record of a contact says about the cause."""

from dataclasses import dataclass

from alerting.core.causes.evidence import Because
from alerting.core.rules.decision import Reason

LONG_WAIT_SECONDS = 300.0
MANY_TRANSFERS = 2
LIVE = frozenset({"phone", "chat", "messaging", "video"})
"""Where a customer waits in a queue and does nothing else meanwhile."""


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """Attributes:
    opened_for: why the case was opened, as the rules name it.
    reached_queue: a team or an agent is known; None where nothing has been reported of the contact.
    unresolved_before: how many earlier contacts of the customer, in 14 days, were left unresolved too.
    same_agent: whether they were all with the agent of this one; None where that is not known.
    """

    opened_for: str | None = None
    channel: str | None = None
    wait_seconds: float | None = None
    transfers: int | None = None
    abandoned: bool | None = None
    resolved: bool | None = None
    reached_queue: bool | None = None
    unresolved_before: int = 0
    same_agent: bool | None = None


def seen(contact: ContactFacts) -> list[Because]:
    """What each fact speaks for."""
    said = (_promise(contact), _left(contact), _waited(contact), _passed_on(contact), _unresolved(contact))
    return [because for because in said if because is not None]


def _promise(contact: ContactFacts) -> Because | None:
    if contact.opened_for != Reason.CALL_BACK_MISSED:
        return None
    return Because("contact", "workflow", "a promised call was not made", weight=2.0)


def _left(contact: ContactFacts) -> Because | None:
    if not contact.abandoned:
        return None
    if contact.channel == "phone" and contact.reached_queue is False:
        return Because("contact", "ivr", "the customer left before reaching any queue")
    return Because("contact", "staffing", "the customer left the queue before anybody answered")


def _waited(contact: ContactFacts) -> Because | None:
    if contact.channel not in LIVE or contact.wait_seconds is None or contact.wait_seconds < LONG_WAIT_SECONDS:
        return None
    return Because("contact", "staffing", f"the customer waited {contact.wait_seconds / 60:.0f} min in the queue")


def _passed_on(contact: ContactFacts) -> Because | None:
    if (contact.transfers or 0) < MANY_TRANSFERS:
        return None
    return Because("contact", "routing", f"passed on {contact.transfers} times")


def _unresolved(contact: ContactFacts) -> Because | None:
    """What several people could not solve was not to be known; what one could not, twice, they were not shown."""
    if contact.resolved is not False or contact.unresolved_before < 1:
        return None
    times = f"{contact.unresolved_before + 1} contacts in 14 days left it unresolved"
    if contact.same_agent:
        return Because("contact", "training", f"{times}, all with one colleague: ask what they were shown")
    return Because("contact", "knowledge", times)
