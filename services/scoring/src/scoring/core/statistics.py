"""How sure a number is."""

import math
from typing import Literal

from events.wilson import wilson

Z_95 = 1.959963984540054
Interval = tuple[float, float]
Reliability = Literal["none", "too_few", "indicative", "reliable"]

FEW, MANY = 5, 30
"""Below 5 only n is shown; below 30 no alarm is raised and no change is flagged."""

_T_95 = (
    *(math.inf, 12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622),
    *(2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930),
)
"""Student's t for two-sided 95 %, by degrees of freedom."""


def nps_interval(promoters: int, detractors: int, n: int) -> Interval | None:
    """The 95 % interval of an NPS (-100 to 100), or None without data.

    Variance per answer is p + d - (p - d)^2, but never less than if one of the answers had been the next worse class:
    a unanimous sample is not certain, and yet a better one never has the lower bound. A single answer is taken for
    what Wilson's interval makes of it.
    """
    if n == 0:
        return None
    p, d = promoters / n, detractors / n
    score, variance = p - d, p + d - (p - d) ** 2
    half = Z_95 * math.sqrt(max(variance, (n - 1) / n**2) / n)
    if n == 1:
        half = wilson(0, n)[1] * (2 if p + d else 1)
    return max(-100.0, (score - half) * 100), min(100.0, (score + half) * 100)


def mean_interval(total: float, squares: float, n: int, scale: Interval) -> Interval | None:
    """The 95 % interval of the mean of ``n`` scores on a bounded scale; None without data.

    Student's t over the scores and one more at either end of the scale, as Agresti and Coull (The American
    Statistician 52, 1998) do for proportions. So it always holds the mean of the scores, a unanimous sample does not
    collapse to it, and a better score never lowers either bound.

    Args:
        total: the sum of the scores; ``squares``: of their squares.
        scale: the lowest and the highest score there is.
    """
    if n == 0:
        return None
    low, high = scale
    m, total, squares = n + 2, total + low + high, squares + low**2 + high**2
    centre = total / m
    variance = max(0.0, squares - total * centre) / (m - 1)
    half = student(m - 1) * math.sqrt(variance / m)
    return max(low, centre - half), min(high, centre + half)


def student(freedom: int) -> float:
    """The t that 95 % of Student's distribution lie within, for 1 or more degrees of freedom; right within 0.0001.

    (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.)
    """
    if freedom < len(_T_95):
        return _T_95[freedom]
    z, v = Z_95, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def poisson_interval(count: int) -> Interval:
    """The 95 % score interval of what a count of independent events was to be expected to be."""
    half = Z_95 * math.sqrt(count + Z_95**2 / 4)
    return max(0.0, count + Z_95**2 / 2 - half), count + Z_95**2 / 2 + half


def reliability(n: int) -> Reliability:
    """Below 5 show only n; below 30 show with the interval and raise no alarm."""
    if n == 0:
        return "none"
    return "too_few" if n < FEW else "indicative" if n < MANY else "reliable"
