from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value, proportion


def _compute(sums: Sums) -> Value:
    return proportion(sums["abandoned"], sums["queued"])


ABANDONMENT = Metric(
    "abandonment",
    "Abandonment rate",
    "ratio",
    1,
    "Inbound contacts that left the queue unanswered and were not queued for a call-back ÷ inbound contacts that"
    " were answered, abandoned or queued for a call-back.",
    _compute,
)
