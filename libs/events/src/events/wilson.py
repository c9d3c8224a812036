"""How sure a share is: Wilson's score interval (JASA 22, 1927, 209-212)."""

import math
from functools import lru_cache
from statistics import NormalDist


def wilson(part: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of ``part / n`` as ratios from 0 to 1, for ``n`` of 1 or more."""
    p, z = part / n, _quantile(confidence)
    scale = 1 + z * z / n
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


@lru_cache
def _quantile(confidence: float) -> float:
    """Of the normal distribution; 1.96 for 95 %."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)
