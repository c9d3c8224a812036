from scoring.core.metrics.metric import Metric, Value, mean


def _formula(total_ms: int, n: int) -> Value:
    return mean(total_ms, n)


AHT = Metric(
    "aht",
    "Average handle time (AHT)",
    "seconds",
    1,
    "Talk + hold + wrap ÷ contacts connected to an agent whose talk time is reported. Never shown without CSAT.",
    ("handle_ms", "handled"),
    _formula,
    beside=("csat",),
    histogram="handle",
)
