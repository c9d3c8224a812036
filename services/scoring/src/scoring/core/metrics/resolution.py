from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value, proportion


def _compute(sums: Sums) -> Value:
    return proportion(sums["resolved"], sums["resolution_known"])


RESOLUTION = Metric(
    "resolved_share",
    "Resolved share",
    "ratio",
    1,
    "Contacts reported resolved ÷ contacts reported resolved or not resolved. Not FCR: repeat contacts"
    " are not looked at.",
    _compute,
)
