"""Answer scales: what a raw value means. A scale is always named by the sender, never guessed from a value.

Classes and the 0-100 projection follow docs/metrics.md ("Scales").
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Instrument = Literal["csat", "nps", "ces", "resolved", "approval"]
RawValue = bool | int | float | str
Sentiment = Literal["satisfied", "neutral", "dissatisfied"]


@dataclass(frozen=True, slots=True)
class Scale:
    """One scale.

    Attributes:
        dissatisfied_to: the highest value (on ``measure``) that counts as dissatisfied.
        satisfied_from: the lowest value that counts as satisfied.
        measure: raw value to number; raises ValueError for a value that is not on the scale.
    """

    id: str
    low: float
    high: float
    dissatisfied_to: float
    satisfied_from: float
    measure: Callable[[RawValue], float]

    def sentiment(self, value: RawValue) -> Sentiment:
        number = self.measure(value)
        if number >= self.satisfied_from:
            return "satisfied"
        return "dissatisfied" if number <= self.dissatisfied_to else "neutral"

    def percent(self, value: RawValue) -> float:
        """The value projected on 0-100, for showing different scales side by side; never for computing NPS."""
        return (self.measure(value) - self.low) / (self.high - self.low) * 100


def _whole(low: int, high: int, dissatisfied_to: int, satisfied_from: int) -> Scale:
    def measure(value: RawValue) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise ValueError(f"must be a whole number from {low} to {high} on this scale")
        if not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high} on this scale")
        return float(value)

    return Scale(f"{low}-{high}", low, high, dissatisfied_to, satisfied_from, measure)


def _binary(id_: str, good: RawValue, bad: RawValue) -> Scale:
    def measure(value: RawValue) -> float:
        if isinstance(value, bool):
            return float(value)
        if value not in (good, bad):
            raise ValueError(f'must be "{good}" or "{bad}" on this scale')
        return float(value == good)

    return Scale(id_, 0, 1, 0, 1, measure)


def _share() -> Scale:
    def measure(value: RawValue) -> float:
        if isinstance(value, bool | str) or not 0 <= value <= 1:
            raise ValueError("must be a number from 0 to 1 on this scale")
        return float(value)

    return Scale("0-1", 0, 1, 0.4, 0.8, measure)


SCALES: dict[str, Scale] = {
    scale.id: scale
    for scale in (
        _whole(1, 5, 2, 4),
        _whole(1, 7, 3, 6),
        _whole(0, 10, 6, 9),
        _whole(1, 10, 6, 9),
        _whole(1, 3, 1, 3),
        _whole(0, 2, 0, 2),
        _binary("good-bad", "good", "bad"),
        _binary("thumbs", "up", "down"),
        _binary("yes-no", "yes", "no"),
        _share(),
    )
}

ScaleId = Literal["1-5", "1-7", "0-10", "1-10", "1-3", "0-2", "good-bad", "thumbs", "yes-no", "0-1"]

# NPS is defined on 0-10 alone; "was it resolved" and approval are two-way questions; CES is asked on 1-5 or 1-7.
ALLOWED: dict[Instrument, frozenset[str]] = {
    "csat": frozenset(SCALES),
    "nps": frozenset({"0-10"}),
    "ces": frozenset({"1-5", "1-7"}),
    "resolved": frozenset({"yes-no"}),
    "approval": frozenset({"good-bad", "thumbs", "yes-no"}),
}


def check(instrument: Instrument, scale: str, value: RawValue, *, name: str = "value") -> None:
    """Raises ValueError, calling the value by ``name`` and never repeating it, where the three do not go together."""
    if scale not in ALLOWED[instrument]:
        raise ValueError(f"scale does not fit: {instrument} is asked on {', '.join(sorted(ALLOWED[instrument]))}")
    try:
        SCALES[scale].measure(value)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
