from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(answers_for: int, answers_against: int, mentions_for: int, mentions_against: int) -> Value:
    positive = answers_for + mentions_for
    return proportion(positive, positive + answers_against + mentions_against)


APPROVAL = Metric(
    "approval_rate",
    "Approval rate",
    "ratio",
    1,
    "Positive ÷ (positive + negative) over all answers and public mentions.",
    ("answer_approvals", "answer_disapprovals", "mention_positive", "mention_negative"),
    _formula,
    better="higher",
)
