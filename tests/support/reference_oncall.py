"""Who is on call, worked out as somebody with a wall clock, a sheet of paper and all the time in the world would:
minute by minute, counting hand-overs as the clock on the wall shows them. No code of alerting's is used."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Turns:
    """A rotation. ``first``: what the wall clock shows when the first person's first turn begins; ``length``: of a
    turn, as the wall clock shows it. ``hours``: weekday → the minutes of the day from and until which it counts."""

    people: tuple[str, ...]
    first: datetime
    length: timedelta
    hours: dict[str, tuple[int, int]] | None = None


@dataclass(frozen=True)
class Sheet:
    """Somebody else's calendar: who, from, until (with their offsets from UTC)."""

    rows: tuple[tuple[str, datetime, datetime], ...]


@dataclass(frozen=True)
class Change:
    """By hand, in the order made. ``layer`` None: every one."""

    person: str
    on: bool
    layer: int | None
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Plan:
    zone: str
    layers: tuple[Turns | Sheet, ...]
    changes: tuple[Change, ...] = field(default=())


def minute_by_minute(plan: Plan, start: datetime, end: datetime) -> list[tuple[datetime, tuple[frozenset[str], ...]]]:
    """For every whole minute from ``start`` until before ``end`` (both whole minutes): who is on call on each layer."""
    walls = [_Wall(turns, ZoneInfo(plan.zone), start) if isinstance(turns, Turns) else None for turns in plan.layers]
    found, at = [], start.astimezone(UTC)
    while at < end:
        on = []
        for number, (layer, wall) in enumerate(zip(plan.layers, walls, strict=True), 1):
            if isinstance(layer, Sheet):
                people = {who for who, starts, ends in layer.rows if starts <= at < ends}
            else:
                people = wall.look(at)
            for change in plan.changes:
                if change.layer in (None, number) and change.start <= at < change.end:
                    people = {change.person} if change.on else people - {change.person}
            on.append(frozenset(people))
        found.append((at, tuple(on)))
        at += MINUTE
    return found


class _Wall:
    """Somebody who watches a wall clock, a minute at a time, and remembers the furthest it has shown: at a hand-over
    that the clock jumps over they turn the page when it jumps, and what it shows a second time they have seen already.
    """

    def __init__(self, turns: Turns, zone: ZoneInfo, start: datetime) -> None:
        self._turns, self._zone = turns, zone
        self._furthest = turns.first - timedelta(days=1)  # whatever it is, the clock soon shows more
        self._page, self._next = -1, turns.first
        began = start.astimezone(UTC) - timedelta(days=1)  # clocks are put back by hours, never by a day
        for minutes in range(24 * 60):
            self.look(began + minutes * MINUTE)

    def look(self, at: datetime) -> set[str]:
        self._furthest = max(self._furthest, at.astimezone(self._zone).replace(tzinfo=None))
        while self._next <= self._furthest:
            self._page += 1
            self._next += self._turns.length
        if self._page < 0 or not self._open():
            return set()
        return {self._turns.people[self._page % len(self._turns.people)]}

    def _open(self) -> bool:
        if self._turns.hours is None:
            return True
        day = self._furthest.date()
        opens, closes = self._turns.hours.get(WEEKDAYS[day.weekday()], (0, 0))
        midnight = datetime.combine(day, time.min)
        return midnight + opens * MINUTE <= self._furthest < midnight + closes * MINUTE
