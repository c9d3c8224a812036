from scoring.core.metrics.metric import Metric, Value, mean


def _formula(total_ms: int, n: int) -> Value:
    return mean(total_ms, n)


WRAP = Metric(
    "wrap",
    "Mean wrap-up time (ACW)",
    "seconds",
    1,
    "Time from the end of the conversation until the agent was ready, per contact that counts for AHT and reports it."
    " A part of AHT, so never shown without CSAT.",
    ("wrap_ms", "wrapped"),
    _formula,
    beside=("csat",),
    histogram="wrap",
)
