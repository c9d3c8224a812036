"""A survey answer at or below the limit of its scale."""

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.limits import LimitSettings
from alerting.core.rules.rule import Circumstances, Rule


def _judge(found: Circumstances, settings: LimitSettings) -> Decision | None:
    answer = found.answer
    if answer is None or answer.score is None:
        return Decision(Verdict.NONE, Reason.NOT_AN_ANSWER)
    if answer.instrument not in settings.instruments:
        return Decision(Verdict.NONE, Reason.TURNED_OFF)
    if not settings.low(answer):
        return Decision(Verdict.NONE, Reason.SCORE_NOT_LOW)
    return Decision(Verdict.OPEN, Reason.LOW_SCORE)


RULE = Rule("low_score", frozenset({"survey"}), LimitSettings, _judge)
