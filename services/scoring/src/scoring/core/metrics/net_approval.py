from scoring.core.metrics.metric import Metric, Value
from scoring.core.statistics import nps_interval


def _formula(*totals: int) -> Value:
    answers_for, answers_against, answers_neither, mentions_for, mentions_against, mentions_neither = totals
    positive, negative = answers_for + mentions_for, answers_against + mentions_against
    n = positive + negative + answers_neither + mentions_neither
    percent = nps_interval(positive, negative, n)
    interval = (percent[0] / 100, percent[1] / 100) if percent else None
    return Value((positive - negative) / n if n else None, n, interval)


NET_APPROVAL = Metric(
    "net_approval",
    "Net approval",
    "ratio",
    1,
    "(Positive − negative) ÷ all answers and public mentions, neutral ones included: from −1 to 1.",
    (
        "answer_approvals",
        "answer_disapprovals",
        "answer_indifferent",
        "mention_positive",
        "mention_negative",
        "mention_neutral",
    ),
    _formula,
    better="higher",
)
