from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(agree: int, answers: int) -> Value:
    return proportion(agree, answers)


CES_5_AGREE = Metric(
    "ces_5_agree",
    "It was easy (CES, 1-5)",
    "ratio",
    1,
    "Completed effort answers of 4-5 ÷ completed effort answers given on 1-5.",
    ("ces5_agree", "ces5_answers"),
    _formula,
    better="higher",
)
