from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value, mean


def _compute(sums: Sums) -> Value:
    return mean(sums["wait_ms"], sums["waited"])


ASA = Metric(
    "asa",
    "Average speed of answer (ASA)",
    "seconds",
    1,
    "Mean queue wait of answered inbound contacts.",
    _compute,
)
