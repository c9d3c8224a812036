"""A schedule over a span of time: the shifts of every layer, and the gaps in which nobody is on call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Generic, TypeVar

from alerting.core.oncall.rotation import Rotation
from alerting.core.oncall.schedule import Held, Override, Schedule, Shift, holding

LONGEST_SPAN = timedelta(days=100)
LAST = datetime(2100, 1, 1, tzinfo=UTC)
S = TypeVar("S", Override, Shift)


@dataclass(frozen=True, slots=True)
class Gap:
    """From ``start`` until before ``end`` nobody is on call on any layer."""

    schedule: str
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who is on call on every layer from ``start`` until before ``end``: nobody comes or goes in between."""

    start: datetime
    end: datetime
    layers: tuple[tuple[Held, ...], ...]


def span_complaint(start: datetime, end: datetime) -> str | None:
    """Why the span is not one to look at; None where it is. Follows the name of its end in a sentence."""
    if not timedelta(0) < end - start <= LONGEST_SPAN:
        return "must be after from, and at most 100 days"
    return None if end <= LAST else "must be before the year 2100"


def coverage(
    schedule: Schedule, start: datetime, end: datetime, overrides: Sequence[Override], shifts: Sequence[Shift]
) -> list[Coverage]:
    """The whole of the span (both ends in UTC), oldest first, without a hole.

    Whoever is on call can change only at a hand-over, where hours open or close, and where an event or an override
    begins or ends; so it is asked at each of those and at no other moment.
    """
    changes = {start}
    for layer in schedule.layers:
        if isinstance(layer, Rotation):
            changes |= layer.changes(start, end, schedule.zone)
    changes |= {at for each in overrides for at in (each.start, each.end) if start < at < end}
    changes |= {at for each in shifts for at in (each.start, each.end) if start < at < end}
    made, told = _Running(overrides), _Running(shifts)
    return [
        Coverage(at, until, holding(schedule, at, made.at(at), told.at(at)))
        for at, until in pairwise([*sorted(changes), end])
        if at < until
    ]


class _Running(Generic[S]):
    """Those of many spans that hold at a moment, in the order they were given; asked of later and later moments."""

    def __init__(self, spans: Sequence[S]) -> None:
        self._later: list[tuple[int, S]] = sorted(enumerate(spans), key=lambda each: each[1].start, reverse=True)
        self._now: list[tuple[int, S]] = []

    def at(self, moment: datetime) -> list[S]:
        while self._later and self._later[-1][1].start <= moment:
            self._now.append(self._later.pop())
        self._now = sorted((each for each in self._now if each[1].end > moment), key=lambda each: each[0])
        return [span for _, span in self._now]


def shifts_of(schedule: Schedule, covered: Sequence[Coverage]) -> list[Shift]:
    """Every shift as one, by layer and time. A turn, an event or an override after another is a shift of its own, even
    of the same person."""
    found: list[Shift] = []
    for number in range(len(schedule.layers)):
        running: dict[Held, datetime] = {}
        for each in covered:
            for held in [held for held in running if held not in each.layers[number]]:
                found.append(_shift(number + 1, held, running.pop(held), each.start))
            for held in each.layers[number]:
                running.setdefault(held, each.start)
        found += [_shift(number + 1, held, began, covered[-1].end) for held, began in running.items()]
    return sorted(found, key=lambda shift: (shift.layer, shift.start, shift.person))


def gaps_of(schedule: Schedule, covered: Sequence[Coverage]) -> list[Gap]:
    """When nobody is on call, each gap as one."""
    found: list[Gap] = []
    for each in covered:
        if any(each.layers):
            continue
        if found and found[-1].end == each.start:
            found[-1] = Gap(schedule.id, found[-1].start, each.end)
        else:
            found.append(Gap(schedule.id, each.start, each.end))
    return found


def stretches(layer: int, covered: Sequence[Coverage]) -> Iterator[tuple[tuple[str, ...], datetime, datetime]]:
    """The people of that layer (from 1) and from when until when they are the same; nobody is a stretch too."""
    people: tuple[str, ...] | None = None
    since = until = covered[0].start
    for each in covered:
        now = tuple(held.person for held in each.layers[layer - 1])
        if people is not None and set(now) != set(people):
            yield people, since, until
            since = each.start
        people, until = now, each.end
    if people is not None:
        yield people, since, until


def _shift(layer: int, held: Held, start: datetime, end: datetime) -> Shift:
    return Shift(layer, held.person, start, end, held.source, held.mark)
