from scoring.core.metrics.metric import Metric, Value, mean


def _formula(total_ms: int, n: int) -> Value:
    return mean(total_ms, n)


TIME_TO_CONTACT = Metric(
    "time_to_contact",
    "Time to contact",
    "seconds",
    1,
    "Mean time from a recovery case being opened until the customer was first contacted; counted when opened.",
    ("contact_ms", "contacted"),
    _formula,
    better="lower",
    histogram="contact",
)
