"""People who take turns. Turns are counted on the clock on the wall: a hand-over at 09:00 stays at 09:00, whatever the
clocks do, and a turn over a night on which they change is an hour shorter or longer than the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from events.hours.business import ALWAYS, Hours
from events.hours.zones import instant, local_day


@dataclass(frozen=True, slots=True)
class Rotation:
    """People in the order of their turns.

    Attributes:
        people: ids; the first of them has the turn that begins at ``since``.
        every: how long a turn is, on the clock on the wall.
        since: when, by the clocks of the schedule's zone (naive), the first turn begins. Nobody is on call before.
        hours: outside of them nobody of this rotation is on call.
    """

    people: tuple[str, ...]
    every: timedelta
    since: datetime
    hours: Hours = ALWAYS

    def turn(self, at: datetime, zone: ZoneInfo) -> int | None:
        """The number of the turn that ``at`` lies in, from 0; None before the first.

        A hand-over at a time that the clocks skip is the moment they do; at one that comes twice it is the first.
        """
        number = (at.astimezone(zone).replace(tzinfo=None) - self.since) // self.every
        while self.begins(number, zone) > at:
            number -= 1
        while self.begins(number + 1, zone) <= at:
            number += 1
        return number if number >= 0 else None

    def begins(self, number: int, zone: ZoneInfo) -> datetime:
        """When that turn begins, in UTC."""
        return instant(self.since + number * self.every, zone)

    def person(self, number: int) -> str:
        return self.people[number % len(self.people)]

    def is_open(self, at: datetime) -> bool:
        """Whether ``at`` lies in its hours."""
        return self.hours.week is None or any(opens <= at < closes for opens, closes in _openings(self.hours, at, at))

    def changes(self, start: datetime, end: datetime, zone: ZoneInfo) -> set[datetime]:
        """Every moment from ``start`` until before ``end`` at which this may put somebody on or off."""
        found, number = set(), self.turn(start, zone) or 0
        while (begins := self.begins(number, zone)) < end:
            found.add(begins)
            number += 1
        found.update(edge for span in _openings(self.hours, start, end) for edge in span)
        return {at for at in found if start <= at < end}


def _openings(hours: Hours, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Those of every local day from the one before ``start`` to the one after ``end``: where the clocks go back over
    midnight, a day can be shown again after the next has begun."""
    if hours.zone is not None:
        first, last = local_day(start, hours.zone).toordinal(), local_day(end, hours.zone).toordinal()
        for day in range(first - 1, last + 2):
            yield from hours.spans(date.fromordinal(day))
