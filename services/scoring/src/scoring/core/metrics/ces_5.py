from scoring.core.metrics.metric import Metric, Value, mean_score

_SCALE = (1, 5)


def _formula(answers: int, points: int, squares: int) -> Value:
    return mean_score(points, squares, answers, _SCALE)


CES_5 = Metric(
    "ces_5",
    "Customer effort score (CES, 1-5)",
    "score",
    1,
    "Mean of completed effort answers given on 1-5, where 5 is the least effort. No other scale is mixed in.",
    ("ces5_answers", "ces5_points", "ces5_square"),
    _formula,
    better="higher",
)
