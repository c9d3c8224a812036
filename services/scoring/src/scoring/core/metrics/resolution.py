from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(resolved: int, known: int) -> Value:
    return proportion(resolved, known)


RESOLUTION = Metric(
    "resolved_share",
    "Resolved share",
    "ratio",
    1,
    "Contacts reported resolved ÷ contacts reported resolved or not resolved. Not FCR: repeat contacts"
    " are not looked at.",
    ("resolved", "resolution_known"),
    _formula,
    better="higher",
)
