"""A proportion, and how sure it is."""

import math
from dataclasses import dataclass

FEWEST = 5
"""Below this many only the count is shown."""

_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """``part`` of ``n`` as ratios from 0 to 1, with the 95 % interval; all three None where ``n`` is below FEWEST."""

    part: int
    n: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, part: int, n: int) -> "Rate":
        if n < FEWEST:
            return cls(part, n, None, None, None)
        low, high = wilson(part, n)
        return cls(part, n, part / n, low, high)


def wilson(part: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of ``part / n``, for n of 1 or more. (Wilson, JASA 22, 1927, 209-212.)"""
    p, z2 = part / n, _Z_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
