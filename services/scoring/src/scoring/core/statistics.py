"""How sure a number is."""

import math
from typing import Literal

Z_95 = 1.959963984540054
Interval = tuple[float, float]
Reliability = Literal["none", "too_few", "indicative", "reliable"]


def wilson(successes: int, n: int) -> Interval | None:
    """The 95 % Wilson score interval of a proportion, as ratios; None without data. (Wilson, JASA 22, 1927.)"""
    if n == 0:
        return None
    p, z2 = successes / n, Z_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def nps_interval(promoters: int, detractors: int, n: int) -> Interval | None:
    """The 95 % interval of an NPS (-100 to 100), or None without data.

    Variance per answer is p + d - (p - d)^2. A unanimous sample has variance 0 but is not certain: there the bound of
    the proportion that was not seen (Wilson) is used instead.
    """
    if n == 0:
        return None
    p, d = promoters / n, detractors / n
    score, variance = p - d, p + d - (p - d) ** 2
    half = Z_95 * math.sqrt(variance / n)
    if variance == 0:
        unseen = wilson(0, n) or (0.0, 1.0)
        half = unseen[1] * (2 if p + d else 1)
    return max(-100.0, (score - half) * 100), min(100.0, (score + half) * 100)


def reliability(n: int) -> Reliability:
    """Below 5 show only n; below 30 show with the interval and raise no alarm."""
    if n == 0:
        return "none"
    return "too_few" if n < 5 else "indicative" if n < 30 else "reliable"
