from scoring.core.metrics.metric import Metric, Value
from scoring.core.statistics import nps_interval


def _formula(promoters: int, passives: int, detractors: int) -> Value:
    n = promoters + passives + detractors
    return Value((promoters - detractors) / n * 100 if n else None, n, nps_interval(promoters, detractors, n))


NPS = Metric(
    "nps",
    "Net promoter score (NPS)",
    "score",
    1,
    "(Promoters 9-10 − detractors 0-6) ÷ completed answers × 100; 0-10 questions only.",
    ("nps_promoters", "nps_passives", "nps_detractors"),
    _formula,
    better="higher",
)
