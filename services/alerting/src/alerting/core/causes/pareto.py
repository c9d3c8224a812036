"""The causes board: which few causes make most of the unhappy customers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, get_args

from alerting.core.case.state import CAUSES, Cause, Outcome
from alerting.core.causes.rate import Rate

Split = Literal["team", "reason", "week"]
"""What a cause may be looked at by: the contact's team, the contact's reason, the ISO week in which it was closed."""
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True, slots=True)
class Tally:
    """``count`` cases closed alike. ``week`` is as ISO 8601 writes it: 2026-W09."""

    cause: Cause
    outcome: Outcome
    week: str
    count: int
    team: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a Pareto chart.

    Attributes:
        group: the team, reason or week; None where the board is by cause alone, and where it is not known.
        share, cumulative: of all cases of the board, from 0 to 1; ``cumulative`` with all bars before this one.
        recovery: recovered ÷ closed with this cause.
    """

    cause: Cause
    group: str | None
    n: int
    share: float
    cumulative: float
    outcomes: dict[Outcome, int]
    recovery: Rate


@dataclass(frozen=True, slots=True)
class Board:
    """``bars`` from the most frequent to the least; ``n`` and ``recovery`` are of all together."""

    by: Split | None
    n: int
    recovery: Rate
    bars: tuple[Bar, ...]


def pareto(tallies: Iterable[Tally], by: Split | None = None) -> Board:
    """The board of ``tallies`` by cause, or by cause and one thing more.

    Bars of equal size stand in the order of CAUSES, then of the group's name: equal cases, equal board.
    """
    outcomes: dict[tuple[Cause, str | None], Counter[Outcome]] = {}
    for tally in tallies:
        group = None if by is None else getattr(tally, by)
        outcomes.setdefault((tally.cause, group), Counter())[tally.outcome] += tally.count
    keys = sorted(
        outcomes, key=lambda key: (-outcomes[key].total(), CAUSES.index(key[0]), key[1] is None, key[1] or "")
    )
    sizes = [outcomes[key].total() for key in keys]
    n = sum(sizes)
    bars = tuple(_bar(key, outcomes[key], n, upto) for key, upto in zip(keys, accumulate(sizes), strict=True))
    return Board(by, n, Rate.of(sum(found["recovered"] for found in outcomes.values()), n), bars)


def _bar(key: tuple[Cause, str | None], outcomes: Counter[Outcome], n: int, upto: int) -> Bar:
    size = outcomes.total()
    recovery = Rate.of(outcomes["recovered"], size)
    return Bar(key[0], key[1], size, size / n, upto / n, dict(sorted(outcomes.items())), recovery)
