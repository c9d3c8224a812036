"""A public remark with a positive stance, to be thanked for where everybody reads it. Off until turned on."""

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.rule import Circumstances, Rule, RuleSettings


class Settings(RuleSettings):
    enabled: bool = False


def _judge(found: Circumstances, _: Settings) -> Decision | None:
    if found.answer is None or found.answer.stance != "positive":
        return None
    return Decision(Verdict.OPEN, Reason.PUBLIC_PRAISE, "thank")


RULE = Rule("public_praise", frozenset({"mention"}), Settings, _judge)
