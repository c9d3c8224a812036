"""What one completed answer adds to the sums."""

from functools import lru_cache

from events.scales import SCALES, RawValue
from scoring.core.measures import Sums

_STANCE = {
    "satisfied": "answer_approvals",
    "neutral": "answer_indifferent",
    "dissatisfied": "answer_disapprovals",
}
_NPS = {"satisfied": "nps_promoters", "neutral": "nps_passives", "dissatisfied": "nps_detractors"}
_CES = {"1-7": ("ces7", 5), "1-5": ("ces5", 4)}
"""Scale of an effort question to (series, the lowest value that agrees)."""


@lru_cache(4096)
def answer_sums(instrument: str, scale: str, value: RawValue) -> Sums:
    """By its class for approval, and for the metric of its instrument. Scales as docs/metrics.md has them."""
    found = SCALES[scale]
    sentiment = found.sentiment(value)
    sums = {_STANCE[sentiment]: 1}
    if instrument == "csat":
        percent = found.percent(value)
        sums |= {f"csat_{sentiment}": 1, "csat_millipercent": round(percent * 1000), "csat_square": round(percent) ** 2}
    elif instrument == "nps":
        sums |= {_NPS[sentiment]: 1}
    elif instrument == "ces":
        series, agrees = _CES[scale]
        points = round(found.measure(value))
        sums |= {f"{series}_answers": 1, f"{series}_points": points, f"{series}_square": points**2}
        sums |= {f"{series}_agree": int(points >= agrees)}
    elif instrument == "resolved":
        sums |= {"said_resolved" if sentiment == "satisfied" else "said_unresolved": 1}
    return sums


def score_of(scale: str, value: RawValue) -> int:
    """Where an answer stands from 0 to 100, in thousandths."""
    return round(SCALES[scale].percent(value) * 1000)
