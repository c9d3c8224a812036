from scoring.core.metrics.metric import Metric, Value, mean


def _formula(total_ms: int, n: int) -> Value:
    return mean(total_ms, n)


FRT = Metric(
    "frt",
    "First response time (FRT)",
    "seconds",
    1,
    "First reply by a person − the latest of: start of the contact, last hand-over by a bot, last reopening, first"
    " message of the customer. Mean, on the clock; counted for who replied.",
    ("response_ms", "responded"),
    _formula,
    better="lower",
    histogram="response",
)
