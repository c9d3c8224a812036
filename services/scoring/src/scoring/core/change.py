"""Is a change more than noise?

Two numbers with 95 % intervals are compared by the interval of their difference, put together from theirs: its lower
half is the root of the squares of the new number's lower half and the old one's upper half, and the other way round.
For proportions with Wilson intervals that is Newcombe's method 10 (Statistics in Medicine 17, 1998); for NPS, whose
intervals are symmetric, the usual test of a difference; for mean scores nearly Welch's (Zou and Donner, Statistics in
Medicine 27, 2008, call it MOVER). Counts of contacts are compared alike, by the score intervals of Poisson counts.

A change is flagged where that interval leaves out 0. Where nothing but chance is at work, that happens for about one
change in twenty; so a page of forty numbers that stand still shows about two.
"""

import math
from dataclasses import dataclass
from typing import Literal

from scoring.core.metrics.metric import Better, Metric, Value
from scoring.core.statistics import MANY, Interval, poisson_interval

Reason = Literal["rose", "fell", "noise", "too_few", "no_data", "unknown"]
"""too_few: n < 30 on either side. unknown: no interval is defined for this metric, so nobody can say."""

Verdict = Literal["better", "worse"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a number. ``difference``: new − old, in the unit of the metric."""

    reason: Reason
    difference: float | None = None
    interval: Interval | None = None

    @property
    def flagged(self) -> bool:
        """Whether it is more than noise."""
        return self.reason in ("rose", "fell")

    def verdict(self, better: Better | None) -> Verdict | None:
        """Whether customers are better off; None where that is not known, or the metric does not say."""
        if not self.flagged or better is None:
            return None
        return "better" if (self.reason == "rose") == (better == "higher") else "worse"


def change(metric: Metric, new: Value, old: Value, *, periods: float = 1) -> Change:
    """How ``new`` differs from ``old``, which was taken over ``periods`` times as long."""
    if new.spoiled or old.spoiled:
        return Change("no_data")
    if metric.counted:
        return _of_counts(new.n, old.n, periods)
    if new.value is None or old.value is None:
        return Change("no_data")
    difference = new.value - old.value
    if new.interval is None or old.interval is None:
        return Change("unknown", difference)
    return _judged(difference, _of_difference(new.value, new.interval, old.value, old.interval), min(new.n, old.n))


def _of_counts(new: int, old: int, periods: float) -> Change:
    if periods <= 0:
        return Change("no_data")
    low, high = poisson_interval(old)
    usual = old / periods
    interval = _of_difference(new, poisson_interval(new), usual, (low / periods, high / periods))
    return _judged(new - usual, interval, min(new, old))


def _of_difference(new: float, of_new: Interval, old: float, of_old: Interval) -> Interval:
    difference = new - old
    lower = math.hypot(new - of_new[0], of_old[1] - old)
    upper = math.hypot(of_new[1] - new, old - of_old[0])
    return difference - lower, difference + upper


def _judged(difference: float, interval: Interval, n: int) -> Change:
    if n < MANY:
        return Change("too_few", difference, interval)
    if interval[0] > 0:
        return Change("rose", difference, interval)
    return Change("fell" if interval[1] < 0 else "noise", difference, interval)
