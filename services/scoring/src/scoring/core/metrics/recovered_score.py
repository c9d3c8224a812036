from scoring.core.metrics.metric import Metric, Value, mean_score

_CHANGE = (-100, 100)


def _formula(rescored: int, millipercent: int, squares: int) -> Value:
    return mean_score(millipercent / 1000, squares, rescored, _CHANGE)


RECOVERED_SCORE = Metric(
    "recovered_score",
    "Recovered score",
    "score",
    1,
    "Mean of: the next score of the same customer on the same kind of question − the score that opened the case, both"
    " on 0-100; counted when the case was opened.",
    ("rescored", "rescore_millipercent", "rescore_square"),
    _formula,
    better="higher",
)
