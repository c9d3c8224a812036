from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(recovered: int, closed: int) -> Value:
    return proportion(recovered, closed)


RECOVERY_RATE = Metric(
    "recovery_rate",
    "Recovery rate",
    "ratio",
    1,
    "Recovery cases closed as recovered ÷ cases closed, but for dismissed ones; counted when closed.",
    ("cases_recovered", "cases_closed"),
    _formula,
    better="higher",
)
