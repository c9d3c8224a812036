from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value, proportion


def _compute(sums: Sums) -> Value:
    satisfied = sums["csat_satisfied"]
    return proportion(satisfied, satisfied + sums["csat_neutral"] + sums["csat_dissatisfied"])


CSAT = Metric(
    "csat",
    "Customer satisfaction (CSAT)",
    "ratio",
    1,
    "Satisfied answers (top two of five; per scale as docs/metrics.md says) ÷ completed CSAT answers.",
    _compute,
)
