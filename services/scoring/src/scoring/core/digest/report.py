"""What a digest says, as values: each number with what it rests on, and what it was before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scoring.core.change import Change, change
from scoring.core.digest.busy import BusyHour
from scoring.core.digest.period import Period
from scoring.core.digest.quotes import Remark
from scoring.core.measures import MEASURES, PENDING, RECOVERY, Sums, family_of
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric, Value
from scoring.core.statistics import FEW

MOST_ROWS = 20
MOST_CAUSES = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over the period and over the one it is compared with; ``beside``: what is never missing next to it."""

    metric: Metric
    now: Value
    before: Value
    beside: tuple["Figure", ...] = ()

    @property
    def change(self) -> Change:
        return change(self.metric, self.now, self.before)


@dataclass(frozen=True, slots=True)
class Row:
    """One key of a dimension with its figures."""

    key: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why customers were unhappy, as the recovery desk found, in how many closed cases, and in which teams."""

    name: str
    cases: int
    teams: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole digest. ``causes`` and ``reasons`` are None where they are not kept for its teams and channels alone."""

    title: str
    about: str
    period: Period
    compared: Period
    made_at: datetime
    headlines: tuple[Figure, ...]
    breakdown: str
    rows: tuple[Row, ...]
    left_out: int
    recovery: tuple[Figure, ...]
    causes: tuple[Cause, ...] | None
    reasons: tuple[Row, ...] | None
    channels: tuple[Row, ...]
    busiest: tuple[BusyHour, ...]
    quotes: tuple[Remark, ...]

    @property
    def changed(self) -> tuple[Figure, ...]:
        """The headlines that changed by more than noise."""
        return tuple(figure for figure in (*self.headlines, *self.recovery) if figure.change.flagged)


def with_beside(names: Iterable[str]) -> tuple[str, ...]:
    """The metrics, and after each those it is never shown without."""
    return tuple(dict.fromkeys(n for name in names for n in (name, *METRICS[name].beside)))


RECOVERY_METRICS = tuple(name for name, metric in METRICS.items() if family_of(metric.measures[0]) is RECOVERY)


def figures(names: Iterable[str], now: Sums, before: Sums) -> tuple[Figure, ...]:
    return tuple(_figure(METRICS[name], now, before) for name in names)


def _figure(metric: Metric, now: Sums, before: Sums) -> Figure:
    beside = tuple(_figure(METRICS[name], now, before) for name in metric.beside)
    return Figure(metric, metric.compute(now), metric.compute(before), beside)


def total(sums: Iterable[Sums]) -> Sums:
    """The sums of several keys together."""
    found = dict.fromkeys((*MEASURES, PENDING), 0)
    for one in sums:
        for measure, amount in one.items():
            found[measure] += amount
    return found


def rows(names: Sequence[str], now: Mapping[str, Sums], before: Mapping[str, Sums]) -> tuple[Row, ...]:
    """One per key that had any contact or answer in the period, the one with most contacts first."""
    busy = {key: sums for key, sums in now.items() if any(sums.values())}
    ordered = sorted(busy, key=lambda key: (-busy[key].get("contacts", 0), key))
    return tuple(Row(key, figures(names, busy[key], before.get(key, {}))) for key in ordered)


def unhappiest(now: Mapping[str, Sums], before: Mapping[str, Sums], most: int = 5) -> tuple[Row, ...]:
    """The contact reasons whose customers are surely the least satisfied: the lowest upper bound of CSAT first.

    From 5 answers on: few answers have a wide interval, and so do not come to the top by chance.
    """
    csat = METRICS["csat"]

    def upper(key: str) -> tuple[float, str]:
        interval = csat.compute(now[key]).interval
        return (interval[1] if interval else 1.0, key)

    asked = [key for key, sums in now.items() if csat.compute(sums).n >= FEW and csat.compute(sums).value != 1]
    chosen = sorted(asked, key=upper)[:most]
    return tuple(Row(key, figures(("csat", "contact_volume"), now[key], before.get(key, {}))) for key in chosen)


def causes(found: Iterable[tuple[str, str | None, int]], teams: Sequence[str] = ()) -> tuple[Cause, ...]:
    """Causes of closed cases, of these teams (none: of all), the most frequent first."""
    by_cause: dict[str, list[tuple[str, int]]] = {}
    for cause, team, n in found:
        if not teams or team in teams:
            by_cause.setdefault(cause, []).append((team or "unattributed", n))
    made = [Cause(name, sum(n for _, n in of), tuple(sorted(of, key=_most))) for name, of in by_cause.items()]
    return tuple(sorted(made, key=lambda cause: (-cause.cases, cause.name))[:MOST_CAUSES])


def _most(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
