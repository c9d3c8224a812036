from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value, proportion


def _compute(sums: Sums) -> Value:
    return proportion(sums["within_target"], sums["answered"] + sums["abandoned"])


SERVICE_LEVEL = Metric(
    "service_level",
    "Service level (20 s)",
    "ratio",
    1,
    "Inbound contacts answered within 20 s ÷ (answered + abandoned).",
    _compute,
)
