from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(abandoned: int, queued: int) -> Value:
    return proportion(abandoned, queued)


ABANDONMENT = Metric(
    "abandonment",
    "Abandonment rate",
    "ratio",
    1,
    "Inbound contacts that left the queue unanswered and were not queued for a call-back ÷ inbound contacts that"
    " were answered, abandoned or queued for a call-back.",
    ("abandoned", "queued"),
    _formula,
    better="lower",
)
