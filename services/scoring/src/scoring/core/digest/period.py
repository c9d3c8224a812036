"""Which days a digest is about, and when it is due: calendar days in a time zone, over daylight saving too."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from events.hours.zones import day_start, instant

Every = Literal["day", "week", "month"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in ``zone``: from ``first`` (included) to ``end_day`` (excluded)."""

    every: Every
    first: date
    end_day: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return day_start(self.first, self.zone)

    @property
    def end(self) -> datetime:
        return day_start(self.end_day, self.zone)

    @property
    def last(self) -> date:
        return self.end_day - _DAY

    def compared(self) -> "Period":
        """What it is held against: the week or month before. A day is held against the same weekday a week before,
        since a Monday is no Sunday.
        """
        if self.every == "month":
            return Period("month", _month_before(self.first), self.first, self.zone)
        week = timedelta(days=7)
        return Period(self.every, self.first - week, self.end_day - week, self.zone)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Sent at ``hour`` o'clock: every day, every week on ``weekday`` (0 is Monday) or on the 1st of every month.

    The period ends at the midnight before it is sent: a digest sent on Fridays is about Friday to Thursday.
    """

    every: Every
    zone: ZoneInfo
    hour: int = 7
    weekday: int = 0

    def due(self, now: datetime) -> Period:
        """The newest period whose digest should have been sent by ``now``."""
        today = now.astimezone(self.zone).date()
        end = self._day_of_sending(today)
        if instant(datetime.combine(end, time(self.hour)), self.zone) > now:
            end = self._day_of_sending(end - _DAY)
        return Period(self.every, self._first(end), end, self.zone)

    def _day_of_sending(self, day: date) -> date:
        """The newest day of sending up to and including ``day``."""
        if self.every == "week":
            return day - timedelta(days=(day.weekday() - self.weekday) % 7)
        return day.replace(day=1) if self.every == "month" else day

    def _first(self, end: date) -> date:
        if self.every == "month":
            return _month_before(end)
        return end - (timedelta(days=7) if self.every == "week" else _DAY)


def _month_before(day: date) -> date:
    return (day.replace(day=1) - _DAY).replace(day=1)
