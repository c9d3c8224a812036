from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(positive: int, neutral: int, negative: int) -> Value:
    return proportion(positive, positive + neutral + negative)


MENTION_POSITIVE = Metric(
    "mention_positive_share",
    "Positive mentions",
    "ratio",
    1,
    "Positive public mentions ÷ all public mentions.",
    ("mention_positive", "mention_neutral", "mention_negative"),
    _formula,
    better="higher",
)
