from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value, proportion


def _compute(sums: Sums) -> Value:
    return proportion(sums["approvals"], sums["approvals"] + sums["disapprovals"])


APPROVAL = Metric(
    "approval_rate",
    "Approval rate",
    "ratio",
    1,
    "Positive ÷ (positive + negative) over all answers and public mentions.",
    _compute,
)
