from scoring.core.metrics.metric import Metric, Value, mean


def _formula(total_ms: int, n: int) -> Value:
    return mean(total_ms, n)


FRT_BUSINESS = Metric(
    "frt_business",
    "First response time in business hours",
    "seconds",
    1,
    "As first response time, but only the business hours of the team within it. Mean.",
    ("response_business_ms", "response_in_hours"),
    _formula,
    better="lower",
    histogram="response_business",
)
