from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(resolved: int, unresolved: int) -> Value:
    return proportion(resolved, resolved + unresolved)


FCR_SURVEY = Metric(
    "fcr_survey",
    "Resolved, as customers say",
    "ratio",
    1,
    "Completed answers that say the matter was resolved ÷ completed answers that say whether it was.",
    ("said_resolved", "said_unresolved"),
    _formula,
    better="higher",
)
