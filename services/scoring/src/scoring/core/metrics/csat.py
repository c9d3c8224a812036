from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(satisfied: int, neutral: int, dissatisfied: int) -> Value:
    return proportion(satisfied, satisfied + neutral + dissatisfied)


CSAT = Metric(
    "csat",
    "Customer satisfaction (CSAT)",
    "ratio",
    1,
    "Satisfied answers (the best two of five points, or what compares on other scales) ÷ completed CSAT answers.",
    ("csat_satisfied", "csat_neutral", "csat_dissatisfied"),
    _formula,
    better="higher",
)
