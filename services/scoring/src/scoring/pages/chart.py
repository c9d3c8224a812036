"""The geometry of small charts: values in, coordinates out. The templates draw them as inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 100.0, 30.0
_MARGIN = 2.0
"""So that a line at the edge keeps its width."""


@dataclass(frozen=True, slots=True)
class Spark:
    """A line through the values there are; where there is none the line breaks instead of passing through 0.

    Attributes:
        lines: SVG path data, one per unbroken run.
        areas: the same, closed along the lower edge.
        last: where the newest value stands; None where the newest step has none.
        low, high: the smallest and the largest value.
    """

    lines: tuple[str, ...]
    areas: tuple[str, ...]
    last: tuple[float, float] | None
    low: float
    high: float


def spark(values: Sequence[float | None], *, least_span: float) -> Spark | None:
    """A line over equal steps of time, oldest first; None without any value.

    Args:
        least_span: how much, at least, the height stands for, so that a small wobble does not look like a fall.
    """
    known = [value for value in values if value is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    middle, half = (low + high) / 2, max(high - low, least_span) / 2
    step = WIDTH / max(len(values) - 1, 1)

    def point(place: int, value: float) -> tuple[float, float]:
        share = (value - middle + half) / (2 * half)
        return round(place * step, 2), round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 2)

    runs = [[point(place, value) for place, value in run] for run in _runs(values)]
    last = None if values[-1] is None else runs[-1][-1]
    return Spark(tuple(map(_line, runs)), tuple(_area(run) for run in runs if len(run) > 1), last, low, high)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = []
    open_ = False
    for place, value in enumerate(values):
        if value is not None:
            if not open_:
                runs.append([])
            runs[-1].append((place, value))
        open_ = value is not None
    return runs


def _line(run: Sequence[tuple[float, float]]) -> str:
    """A run of one is a line of no length: with round ends it shows as a dot."""
    points = run if len(run) > 1 else [*run, *run]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _area(run: Sequence[tuple[float, float]]) -> str:
    return f"{_line(run)}L{run[-1][0]:g} {HEIGHT:g}L{run[0][0]:g} {HEIGHT:g}Z"


def shares(amounts: Sequence[int]) -> tuple[float, ...]:
    """How long each bar is, 0 to 100, the largest 100."""
    most = max(amounts, default=0)
    return tuple(round(100 * max(amount, 0) / most, 2) if most else 0.0 for amount in amounts)
