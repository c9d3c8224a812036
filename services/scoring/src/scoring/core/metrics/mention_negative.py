from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(negative: int, positive: int, neutral: int) -> Value:
    return proportion(negative, negative + positive + neutral)


MENTION_NEGATIVE = Metric(
    "mention_negative_share",
    "Negative mentions",
    "ratio",
    1,
    "Negative public mentions ÷ all public mentions.",
    ("mention_negative", "mention_positive", "mention_neutral"),
    _formula,
    better="lower",
)
