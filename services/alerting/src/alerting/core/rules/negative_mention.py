"""A public remark with a negative stance: by its rating where it has one, else by the sender's sentiment."""

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.policy import Policy
from events.mention import Mention


def judge(mention: Mention, policy: Policy) -> Decision:
    if not policy.mentions:
        return Decision(Verdict.NONE, Reason.TURNED_OFF)
    if mention.stance is None:
        return Decision(Verdict.NONE, Reason.NOT_AN_ANSWER)
    if mention.stance != "negative":
        return Decision(Verdict.NONE, Reason.MENTION_NOT_NEGATIVE)
    return Decision(Verdict.OPEN, Reason.NEGATIVE_MENTION)
