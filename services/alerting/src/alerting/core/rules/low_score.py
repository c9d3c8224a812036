"""A survey answer at or below the limit of its scale."""

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.policy import Policy
from events.scales import SCALES
from events.survey import SurveyResponse


def judge(response: SurveyResponse, policy: Policy) -> Decision:
    if response.counted is None:
        return Decision(Verdict.NONE, Reason.NOT_AN_ANSWER)
    if response.instrument in policy.instruments_off:
        return Decision(Verdict.NONE, Reason.TURNED_OFF)
    if SCALES[response.scale].measure(response.counted) > policy.limit(response.scale):
        return Decision(Verdict.NONE, Reason.SCORE_NOT_LOW)
    return Decision(Verdict.OPEN, Reason.LOW_SCORE)
