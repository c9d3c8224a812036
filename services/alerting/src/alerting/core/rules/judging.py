"""What the rules say together."""

from alerting.core.answer import Answer
from alerting.core.contact import Contact
from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Circumstances, Surroundings

OFF = Decision(Verdict.NONE, Reason.TURNED_OFF)


def judge(found: Circumstances, policy: Policy) -> Decision:
    """The first rule that asks for a case, else the first that has something to say."""
    said = None
    for rule, settings in policy.active(found.reads, found.where):
        decision = rule.judge(found, settings)
        if decision is not None and decision.opens:
            return decision
        said = said or decision
    return said or OFF


def needs_scores(found: Circumstances, policy: Policy) -> bool:
    """Whether it could matter what the customer answered before: only to one whose answer is not good."""
    if found.answer is None or found.answer.score is None or not found.answer.customer_id:
        return False
    looking = [settings for rule, settings in policy.active(found.reads, found.where) if rule.sees_scores]
    return any(settings.low(found.answer) for settings in looking)


def around(answer: Answer, contact: Contact | None) -> Surroundings:
    """Where an answer was given. What the contact's own report says goes before what the sender of the answer says."""
    if contact is None:
        return Surroundings(answer.channel, answer.team, answer.customer_tier)
    return Surroundings(
        contact.channel or answer.channel, contact.team or answer.team, contact.tier or answer.customer_tier
    )


def around_contact(contact: Contact) -> Surroundings:
    return Surroundings(contact.channel, contact.team, contact.tier)
