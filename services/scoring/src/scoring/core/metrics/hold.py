from scoring.core.metrics.metric import Metric, Value, mean


def _formula(total_ms: int, n: int) -> Value:
    return mean(total_ms, n)


HOLD = Metric(
    "hold",
    "Mean hold time",
    "seconds",
    1,
    "Time on hold, per contact that counts for AHT and reports it. A part of AHT, so never shown without CSAT.",
    ("hold_ms", "held"),
    _formula,
    beside=("csat",),
    histogram="hold",
)
