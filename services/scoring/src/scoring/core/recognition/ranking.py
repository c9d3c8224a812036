"""Who leads: by the bound of each figure that flatters least, so that a lucky handful never beats a good month."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from math import fsum
from statistics import median

from events.scorecard import Figure
from scoring.core.attribution import UNATTRIBUTED
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value
from scoring.core.recognition.kinds import KINDS
from scoring.core.recognition.plan import Rule

EXACT = 9
"""Digits after the point that count: scores nearer than that are equal."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One place in a ranking.

    Attributes:
        rank: from 1; equal scores share a rank, and the next one counts how many stand before it.
        shared: whether somebody else has the same rank.
        score: 0 to 1: the weighted sum of ``parts``.
        parts: by metric: its worth from 0 to 1, before its weight.
        figures: what it rests on, with what must be shown beside it.
    """

    key: str
    rank: int
    shared: bool
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)


def rank(rule: Rule, found: Mapping[str, Sums]) -> list[Standing]:
    """Everybody who qualifies, best first; equals in the order of their keys. ``unattributed`` is nobody."""
    values = {key: _values(rule, sums) for key, sums in found.items() if key != UNATTRIBUTED}
    entered = {key: of for key, of in values.items() if _qualifies(rule, of)}
    usual = {name: _usual(name, entered) for name in rule.weights}
    parts = {key: {name: _worth(name, of[name], usual[name]) for name in rule.weights} for key, of in entered.items()}
    scores = {key: _score(rule, of) for key, of in parts.items()}
    standings, before = [], 0
    ordered = sorted(scores, key=lambda key: (-scores[key], key))
    for score, tied in groupby(ordered, key=scores.__getitem__):
        keys = list(tied)
        for key in keys:
            figures = {name: figure(name, value) for name, value in values[key].items()}
            standings.append(Standing(key, before + 1, len(keys) > 1, score, parts[key], figures))
        before += len(keys)
    return standings


def figure(name: str, value: Value) -> Figure:
    """A value as others are told of it."""
    low, high = value.interval or (None, None)
    return Figure(value=value.value, n=value.n, low=low, high=high, definition_version=METRICS[name].version)


def metrics_of(rule: Rule) -> tuple[str, ...]:
    """What is ranked by, and what must be shown beside it."""
    beside = (name for weighed in rule.weights for name in METRICS[weighed].beside)
    return tuple(dict.fromkeys((*rule.weights, *beside)))


def _values(rule: Rule, sums: Sums) -> dict[str, Value]:
    return {name: METRICS[name].compute(sums) for name in metrics_of(rule)}


def _qualifies(rule: Rule, values: Mapping[str, Value]) -> bool:
    return all(values[name].n >= rule.min_n and values[name].value is not None for name in rule.weights)


def _usual(name: str, entered: Mapping[str, Mapping[str, Value]]) -> float:
    """The middle of those who take part."""
    return median([of[name].value or 0.0 for of in entered.values()]) if entered else 0.0


def _worth(name: str, value: Value, usual: float) -> float:
    judged = KINDS[name]
    bound = judged.pessimistic(value)
    return 0.0 if bound is None else judged.worth(bound, usual)


def _score(rule: Rule, parts: Mapping[str, float]) -> float:
    return round(fsum(weight * parts[name] for name, weight in rule.weights.items()), EXACT)
