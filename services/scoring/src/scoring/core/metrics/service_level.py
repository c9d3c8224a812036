from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(within: int, answered: int, abandoned: int) -> Value:
    return proportion(within, answered + abandoned)


SERVICE_LEVEL = Metric(
    "service_level",
    "Service level (20 s)",
    "ratio",
    1,
    "Inbound contacts answered within 20 s ÷ (answered + abandoned).",
    ("within_target", "answered", "abandoned"),
    _formula,
    better="higher",
)
