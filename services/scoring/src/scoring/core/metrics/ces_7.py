from scoring.core.metrics.metric import Metric, Value, mean_score

_SCALE = (1, 7)


def _formula(answers: int, points: int, squares: int) -> Value:
    return mean_score(points, squares, answers, _SCALE)


CES_7 = Metric(
    "ces_7",
    "Customer effort score (CES, 1-7)",
    "score",
    1,
    "Mean of completed effort answers given on 1-7, where 7 is the least effort. No other scale is mixed in.",
    ("ces7_answers", "ces7_points", "ces7_square"),
    _formula,
    better="higher",
)
