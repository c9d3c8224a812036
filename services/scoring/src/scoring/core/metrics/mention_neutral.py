from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(neutral: int, positive: int, negative: int) -> Value:
    return proportion(neutral, neutral + positive + negative)


MENTION_NEUTRAL = Metric(
    "mention_neutral_share",
    "Neutral mentions",
    "ratio",
    1,
    "Neutral public mentions ÷ all public mentions.",
    ("mention_neutral", "mention_positive", "mention_negative"),
    _formula,
)
