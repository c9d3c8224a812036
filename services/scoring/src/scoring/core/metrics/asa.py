from scoring.core.metrics.metric import Metric, Value, mean


def _formula(total_ms: int, n: int) -> Value:
    return mean(total_ms, n)


ASA = Metric(
    "asa",
    "Average speed of answer (ASA)",
    "seconds",
    1,
    "Mean queue wait of answered inbound contacts.",
    ("wait_ms", "waited"),
    _formula,
    better="lower",
    histogram="wait",
)
