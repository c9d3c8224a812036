"""What a wallboard says, made of sums alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.statistics import reliability
from scoring.core.window import Window
from scoring.pages import chart, words
from scoring.pages.chart import Spark
from scoring.pages.numbers import ANSWERS, MENTIONS, Number, Part, number, parts
from scoring.pages.selection import Selection

MOST_ROWS = 12
MOST_BARS = 5

LEAST_SPANS = {"approval_rate": 0.2, "csat": 0.2, "nps": 40.0, "asa": 30.0, "abandonment": 0.1}
"""How much of each metric the height of its chart stands for, at least."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read for one selection.

    Attributes:
        at: when it was read.
        before: over the window before, as long.
        steps: one for each step of the charts, oldest first; empty where nothing was counted.
        by_channel, by_team: within the selection. A selected team leaves its channels, and the other way round.
    """

    at: datetime
    window: Window
    sums: Sums
    before: Sums
    steps: Sequence[Sums]
    by_channel: Mapping[str, Sums]
    by_team: Mapping[str, Sums]


@dataclass(frozen=True, slots=True)
class Line:
    """A chart with the words that say the same."""

    spark: Spark
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Contacts of a channel; ``width`` 0 to 100, the largest 100."""

    name: str
    amount: int
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """Where a number comes from; ``query`` leads to the board of that channel or team."""

    name: str
    number: Number
    query: str


@dataclass(frozen=True, slots=True)
class Board:
    selection: Selection
    at: datetime
    window: Window
    headline: Number
    net: Number
    numbers: Mapping[str, Number]
    lines: Mapping[str, Line | None]
    contacts: int
    bars: Sequence[Bar]
    answers: Sequence[Part]
    mentions: Sequence[Part]
    by_channel: Sequence[Row]
    by_team: Sequence[Row]
    teams_left_out: int


def compose(selection: Selection, found: Found) -> Board:
    """The board of ``selection``."""
    numbers = {name: number(name, found.sums, found.before) for name in ("csat", "nps", "asa", "abandonment")}
    by_team = _rows(found.by_team, words.team, lambda key: selection.query(team=key))
    return Board(
        selection,
        found.at,
        found.window,
        number("approval_rate", found.sums, found.before),
        number("net_approval", found.sums),
        numbers,
        {name: _line(name, found.steps) for name in LEAST_SPANS},
        found.sums.get("contacts", 0),
        _bars(found.by_channel),
        parts(found.sums, ANSWERS),
        parts(found.sums, MENTIONS),
        _rows(found.by_channel, words.channel, lambda key: selection.query(channel=key)),
        by_team[:MOST_ROWS],
        max(0, len(by_team) - MOST_ROWS),
    )


def _line(name: str, steps: Sequence[Sums]) -> Line | None:
    """A step with n < 5 is a gap: it says too little to be drawn."""
    metric = METRICS[name]
    values = [
        value.value if reliability(value.n) not in ("none", "too_few") else None for value in map(metric.compute, steps)
    ]
    spark = chart.spark(values, least_span=LEAST_SPANS[name])
    if spark is None:
        return None
    return Line(spark, *(words.value(bound, metric.unit, name=name) for bound in (spark.low, spark.high)))


def _bars(by_channel: Mapping[str, Sums]) -> list[Bar]:
    """The largest first, the smallest together; channels without a contact (mentions, say) are left out."""
    amounts = {key: sums.get("contacts", 0) for key, sums in by_channel.items() if sums.get("contacts", 0) > 0}
    ranked = sorted(
        ((words.channel(key), amount) for key, amount in amounts.items()), key=lambda item: (-item[1], item[0])
    )
    if len(ranked) > MOST_BARS:
        rest = ranked[MOST_BARS - 1 :]
        ranked[MOST_BARS - 1 :] = [(f"{len(rest)} others", sum(amount for _, amount in rest))]
    widths = chart.shares([amount for _, amount in ranked])
    return [Bar(name, amount, width) for (name, amount), width in zip(ranked, widths, strict=True)]


def _rows(found: Mapping[str, Sums], name: Callable[[str], str], query: Callable[[str], str]) -> list[Row]:
    """The most said about first; who got no signal at all is left out, nobody else."""
    rows = [Row(name(key), number("approval_rate", sums), query(key)) for key, sums in found.items()]
    heard = [row for row in rows if row.number.n]
    return sorted(heard, key=lambda row: (-row.number.n, row.name))
