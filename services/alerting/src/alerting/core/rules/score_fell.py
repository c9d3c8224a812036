"""A low score from a customer whose last answer to the same question was a good one: something has just gone wrong."""

from datetime import timedelta

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.limits import LimitSettings
from alerting.core.rules.rule import Circumstances, Days, Rule
from events.scales import SCALES

FARTHEST = timedelta(days=366)


class Settings(LimitSettings):
    """Attributes:
    within_days: how old the good answer may be.
    """

    within_days: Days = 180


def _judge(found: Circumstances, settings: Settings) -> Decision | None:
    answer = found.answer
    if answer is None or answer.score is None or answer.instrument not in settings.instruments:
        return None
    if not settings.low(answer) or not found.scores:
        return None
    last = found.scores[0]
    recent = answer.occurred_at - last.occurred_at <= timedelta(days=settings.within_days)
    if not recent or SCALES[last.scale].sentiment(last.value) != "satisfied":
        return None
    return Decision(Verdict.OPEN, Reason.SCORE_FELL)


RULE = Rule("score_fell", frozenset({"survey"}), Settings, _judge, sees_scores=True)
