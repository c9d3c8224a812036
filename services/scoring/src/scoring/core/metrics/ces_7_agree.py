from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(agree: int, answers: int) -> Value:
    return proportion(agree, answers)


CES_7_AGREE = Metric(
    "ces_7_agree",
    "It was easy (CES, 1-7)",
    "ratio",
    1,
    "Completed effort answers of 5-7 ÷ completed effort answers given on 1-7.",
    ("ces7_agree", "ces7_answers"),
    _formula,
    better="higher",
)
