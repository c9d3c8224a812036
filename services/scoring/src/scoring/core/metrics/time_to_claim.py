from scoring.core.metrics.metric import Metric, Value, mean


def _formula(total_ms: int, n: int) -> Value:
    return mean(total_ms, n)


TIME_TO_CLAIM = Metric(
    "time_to_claim",
    "Time to claim",
    "seconds",
    1,
    "Mean time from a recovery case being opened until somebody took it; counted when opened.",
    ("claim_ms", "claimed"),
    _formula,
    better="lower",
    histogram="claim",
)
