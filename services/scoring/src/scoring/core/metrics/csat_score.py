from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value


def _compute(sums: Sums) -> Value:
    n = sums["csat_satisfied"] + sums["csat_neutral"] + sums["csat_dissatisfied"]
    return Value(1 + 4 * sums["csat_millipercent"] / n / 100_000 if n else None, n)


CSAT_SCORE = Metric(
    "csat_score",
    "Mean CSAT score",
    "score",
    1,
    "Mean of completed CSAT answers on 1-5; answers on other scales are projected on 1-5 first.",
    _compute,
)
