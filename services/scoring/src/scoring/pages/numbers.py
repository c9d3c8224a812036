"""A metric as a page shows it: the number, what it rests on, and whether it moved by more than noise."""

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.core.change import change
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric, Value
from scoring.core.statistics import Reliability, reliability
from scoring.pages import words

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Moved:
    """Against the period before, and more than noise. ``text``: by how much; ``kind``: better, worse or neutral."""

    up: bool
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """One number, said.

    Attributes:
        text: the number, or a dash where there is none, or too little to say (n < 5).
        figure, unit: the same in two parts, to be set in two sizes.
        interval: where the true value lies, 95 % sure; "" where none is defined or n < 5.
        change: None where nothing changed by more than noise, or nobody can tell.
    """

    name: str
    title: str
    text: str
    figure: str
    unit: str
    n: int
    state: Reliability
    interval: str
    change: Moved | None
    definition: str
    version: int


def number(name: str, sums: Sums, before: Sums | None = None) -> Number:
    """The metric of that name over ``sums``, compared with ``before``."""
    metric = METRICS[name]
    value = metric.compute(sums)
    state = reliability(value.n)
    shown = value.value is not None and state not in ("none", "too_few")
    text = words.value(value.value, metric.unit, name=name) if shown and value.value is not None else NOTHING
    figure, _, unit = text.partition(" ")
    return Number(
        name,
        metric.title,
        text,
        figure,
        unit,
        value.n,
        state,
        words.interval(value.interval, metric.unit, name=name) if shown else "",
        _moved(metric, value, metric.compute(before)) if shown and before is not None else None,
        metric.definition,
        metric.version,
    )


def _moved(metric: Metric, now: Value, then: Value) -> Moved | None:
    found = change(metric, now, then)
    if not found.flagged or found.difference is None:
        return None
    kind = found.verdict(metric.better) or "neutral"
    return Moved(found.reason == "rose", kind, _step(metric, abs(found.difference)))


def _step(metric: Metric, size: float) -> str:
    if metric.unit == "seconds":
        return words.span(size)
    points = size * 100 if metric.unit == "ratio" else size
    if points < 0.95:
        return f"{points:.1f} points"
    return "1 point" if round(points) == 1 else f"{points:.0f} points"


@dataclass(frozen=True, slots=True)
class Part:
    """One share of a whole."""

    title: str
    amount: int
    share: str
    width: float
    kind: str


ANSWERS: Mapping[str, tuple[str, str]] = {
    "answer_approvals": ("Positive", "good"),
    "answer_indifferent": ("Neutral", "neutral"),
    "answer_disapprovals": ("Negative", "bad"),
}
MENTIONS: Mapping[str, tuple[str, str]] = {
    "mention_positive": ("Positive", "good"),
    "mention_neutral": ("Neutral", "neutral"),
    "mention_negative": ("Negative", "bad"),
}


def parts(sums: Sums, named: Mapping[str, tuple[str, str]]) -> tuple[Part, ...]:
    """The measures of ``named`` as shares of their total; empty where nothing was counted, or it cannot be right."""
    total = sum(sums.get(measure, 0) for measure in named)
    if total <= 0:
        return ()
    return tuple(
        Part(title, amount, words.percent(amount / total), round(100 * amount / total, 2), kind)
        for measure, (title, kind) in named.items()
        for amount in [sums.get(measure, 0)]
    )
