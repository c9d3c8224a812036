"""A proportion, and how sure it is."""

from dataclasses import dataclass

from events.wilson import wilson

FEWEST = 5
"""Below this many only the count is shown."""


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
