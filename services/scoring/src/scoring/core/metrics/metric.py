"""What a metric is: a name, a unit, a versioned definition, and a pure formula over sums."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from events.wilson import wilson
from scoring.core.measures import SIGNED, Sums
from scoring.core.statistics import Interval, mean_interval

Unit = Literal["ratio", "seconds", "score", "contacts"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Value:
    """A number with what it rests on. ``value`` is None where there is no data, never 0.

    Attributes:
        spoiled: what is stored cannot be right; then there is no value, and ``n`` is 0.
    """

    value: float | None
    n: int
    interval: Interval | None = None
    spoiled: bool = False


SPOILED = Value(None, 0, spoiled=True)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        version: changes whenever the same facts would give another number.
        measures: what it is made of, in the order in which ``formula`` takes their totals.
        better: which way customers are better off; None where neither way is good in itself, as with handle time.
        beside: metrics always served with this one, because alone it would mislead.
        histogram: what its percentiles come from, where it has any.
        counted: whether the value is itself a number of independent events, as how many contacts came.
    """

    name: str
    title: str
    unit: Unit
    version: int
    definition: str
    measures: tuple[str, ...]
    formula: Callable[..., Value]
    better: Better | None = None
    beside: tuple[str, ...] = ()
    histogram: str | None = None
    counted: bool = False

    def compute(self, sums: Sums) -> Value:
        totals = [sums.get(measure, 0) for measure in self.measures]
        if any(total < 0 and name not in SIGNED for name, total in zip(self.measures, totals, strict=True)):
            return SPOILED
        return self.formula(*totals)


def proportion(successes: int, n: int) -> Value:
    """A share with its Wilson interval."""
    if not 0 <= successes <= n:
        return SPOILED
    return Value(successes / n if n else None, n, wilson(successes, n) if n else None)


def mean(total_ms: int, n: int) -> Value:
    """A mean duration in seconds."""
    return Value(total_ms / n / 1000 if n else None, n)


def mean_score(total: float, squares: float, n: int, scale: Interval) -> Value:
    """A mean of scores on a bounded scale with the interval of the mean."""
    return Value(total / n if n else None, n, mean_interval(total, squares, n, scale))
