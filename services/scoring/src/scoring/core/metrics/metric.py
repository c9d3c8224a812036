"""What a metric is: a name, a unit, a versioned definition, and a pure function of sums."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scoring.core.measures import Sums
from scoring.core.statistics import Interval, wilson

Unit = Literal["ratio", "seconds", "score", "contacts"]


@dataclass(frozen=True, slots=True)
class Value:
    """A number with what it rests on. ``value`` is None where there is no data, never 0."""

    value: float | None
    n: int
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        version: changes whenever the same facts would give another number.
        beside: metrics always served with this one, because alone it would mislead.
    """

    name: str
    title: str
    unit: Unit
    version: int
    definition: str
    compute: Callable[[Sums], Value]
    beside: tuple[str, ...] = ()


def proportion(successes: int, n: int) -> Value:
    """A share with its Wilson interval."""
    return Value(successes / n if n else None, n, wilson(successes, n))


def mean(total_ms: int, n: int) -> Value:
    """A mean duration in seconds."""
    return Value(total_ms / n / 1000 if n else None, n)
