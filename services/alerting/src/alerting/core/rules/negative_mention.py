"""A public remark with a negative stance: by its rating where it has one, else by the sender's sentiment."""

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.rule import Circumstances, Rule, RuleSettings


def _judge(found: Circumstances, _: RuleSettings) -> Decision | None:
    stance = found.answer.stance if found.answer else None
    if stance is None:
        return Decision(Verdict.NONE, Reason.NOT_AN_ANSWER)
    if stance != "negative":
        return Decision(Verdict.NONE, Reason.MENTION_NOT_NEGATIVE)
    return Decision(Verdict.OPEN, Reason.NEGATIVE_MENTION, "reply")


RULE = Rule("negative_mention", frozenset({"mention"}), RuleSettings, _judge)
