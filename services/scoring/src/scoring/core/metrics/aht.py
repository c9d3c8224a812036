from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value, mean


def _compute(sums: Sums) -> Value:
    return mean(sums["handle_ms"], sums["handled"])


AHT = Metric(
    "aht",
    "Average handle time (AHT)",
    "seconds",
    1,
    "Talk + hold + wrap ÷ contacts connected to an agent whose talk time is reported. Never shown without CSAT.",
    _compute,
    beside=("csat",),
)
