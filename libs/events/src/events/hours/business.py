"""Business hours: how much of a wait fell into the hours a team is there for its customers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from events.hours.zones import instant, local_day

_REMEMBERED_DAYS = 20_000
_NOTHING = timedelta()


class Opening(NamedTuple):
    """From ``start`` (included) to ``end`` (excluded), in minutes of a local day: 0 to 1440."""

    start: int
    end: int


Week = tuple[tuple[Opening, ...], ...]
"""The openings of each weekday, Monday first; those of a day in order and apart."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a team is there. ``week`` None is around the clock, holidays or not."""

    zone: ZoneInfo | None = None
    week: Week | None = None
    holidays: frozenset[date] = frozenset()
    _spans: dict[date, list[tuple[datetime, datetime]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The openings of a local day in UTC, oldest first; remembered, since every event asks for the same few."""
        found = self._spans.get(day)
        if found is None:
            if len(self._spans) >= _REMEMBERED_DAYS:
                self._spans.clear()
            found = self._spans[day] = self._spans_of(day)
        return found

    def _spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
        if self.week is None or self.zone is None or day in self.holidays:
            return []
        return [
            (_at(day, opening.start, self.zone), _at(day, opening.end, self.zone))
            for opening in self.week[day.weekday()]
        ]


ALWAYS = Hours()
"""Around the clock."""


def business_seconds(start: datetime, end: datetime, hours: Hours) -> float:
    """Seconds of ``hours`` between two instants; 0 where ``end`` is not after ``start``.

    Real seconds: a day on which the clocks change counts as long as it was.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)  # times of one zone would subtract as its clocks show
    if end <= start:
        return 0.0
    if hours.week is None or hours.zone is None:
        return (end - start).total_seconds()
    day, last = local_day(start, hours.zone), local_day(end, hours.zone)
    total = _NOTHING
    while day <= last:
        for opens, closes in hours.spans(day):
            total += max(_NOTHING, min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total.total_seconds()


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time.min) + timedelta(minutes=minute), zone)


@dataclass(frozen=True, slots=True)
class Calendars:
    """Whose hours are which. A team that is not named has the default ones; so has a contact of no team."""

    default: Hours = ALWAYS
    teams: Mapping[str, Hours] = field(default_factory=dict)

    def of(self, team: str | None) -> Hours:
        return self.teams.get(team, self.default) if team is not None else self.default
