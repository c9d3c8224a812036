from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value
from scoring.core.statistics import nps_interval


def _compute(sums: Sums) -> Value:
    promoters, detractors = sums["nps_promoters"], sums["nps_detractors"]
    n = promoters + sums["nps_passives"] + detractors
    return Value((promoters - detractors) / n * 100 if n else None, n, nps_interval(promoters, detractors, n))


NPS = Metric(
    "nps",
    "Net promoter score (NPS)",
    "score",
    1,
    "(Promoters 9-10 − detractors 0-6) ÷ completed answers × 100; 0-10 questions only.",
    _compute,
)
