from scoring.core.metrics.metric import Metric, Value
from scoring.core.statistics import mean_interval

_PERCENT = (0, 100)


def _formula(satisfied: int, neutral: int, dissatisfied: int, millipercent: int, squares: int) -> Value:
    n = satisfied + neutral + dissatisfied
    percent = mean_interval(millipercent / 1000, squares, n, _PERCENT)
    interval = (1 + percent[0] / 25, 1 + percent[1] / 25) if percent else None
    return Value(1 + 4 * millipercent / n / 100_000 if n else None, n, interval)


CSAT_SCORE = Metric(
    "csat_score",
    "Mean CSAT score",
    "score",
    1,
    "Mean of completed CSAT answers on 1-5; answers on other scales are projected on 1-5 first.",
    ("csat_satisfied", "csat_neutral", "csat_dissatisfied", "csat_millipercent", "csat_square"),
    _formula,
    better="higher",
)
