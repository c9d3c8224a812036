"""Windows of time, what they are compared with, and the few panes that make them up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from events.hours.zones import day_start, instant, local_day
from scoring.core.pane import GRAINS, ceiling, floor

ROLLING: dict[str, timedelta] = {
    "5m": timedelta(minutes=5),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
CALENDAR: tuple[str, ...] = ("today", "yesterday", "this_week", "last_week")
UTC_ZONE = ZoneInfo("UTC")

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_ISO_WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(5999, 12, 1)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing older is ever told us."""
_LATEST = datetime(6000, 1, 1, tzinfo=UTC)
"""Minutes since 1970 are kept in 32 bits."""


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` (included) to ``end`` (excluded), whole minutes, UTC.

    Attributes:
        zone: whose clocks say what "the same hours" and "the day before" are.
        period: "day" or "week" for those of the calendar, which are as long as the clocks make them.
    """

    start: datetime
    end: datetime
    name: str | None = None
    zone: ZoneInfo = UTC_ZONE
    period: Literal["day", "week"] | None = None

    @classmethod
    def named(cls, name: str, now: datetime, zone: ZoneInfo = UTC_ZONE) -> "Window":
        """``24h``, ``today``, ``2026-03-02`` or ``2026-W10``, in ``zone``. ValueError for anything else."""
        if name in ROLLING:
            return cls.rolling(name, now, zone)
        today = local_day(now, zone)
        monday = today - timedelta(days=today.weekday())
        match name:
            case "today":
                return cls(day_start(today, zone), _minute_after(now), name, zone, "day")
            case "yesterday":
                return cls.day(today - _DAY, zone, name)
            case "this_week":
                return cls(day_start(monday, zone), _minute_after(now), name, zone, "week")
            case "last_week":
                return cls.week(monday - _WEEK, zone, name)
        return cls._dated(name, zone)._so_far(now)

    @classmethod
    def _dated(cls, name: str, zone: ZoneInfo) -> "Window":
        try:
            if week := _ISO_WEEK.fullmatch(name):
                return cls.week(date.fromisocalendar(int(week[1]), int(week[2]), 1), zone, name)
            if _ISO_DATE.fullmatch(name):
                return cls.day(date.fromisoformat(name), zone, name)
        except ValueError as error:
            raise ValueError("must be a day or week that exists, from 2000 to 5999") from error
        known = ", ".join((*ROLLING, *CALENDAR))
        raise ValueError(f"must be {known}, a day such as 2026-03-02 or a week such as 2026-W10")

    @classmethod
    def rolling(cls, name: str, now: datetime, zone: ZoneInfo = UTC_ZONE) -> "Window":
        """The last 5 minutes, hour, … up to and including the current minute. KeyError for an unknown name."""
        end = _minute_after(now)
        return cls(end - ROLLING[name], end, name, zone)

    @classmethod
    def day(cls, day: date, zone: ZoneInfo, name: str | None = None) -> "Window":
        """That day, as long as it is in ``zone``. ValueError where it is before 2000 or after 5999."""
        _check(day)
        return cls(day_start(day, zone), day_start(day + _DAY, zone), name, zone, "day")

    @classmethod
    def week(cls, monday: date, zone: ZoneInfo, name: str | None = None) -> "Window":
        """The seven days from ``monday`` on. ValueError where they are before 2000 or after 5999."""
        _check(monday)
        return cls(day_start(monday, zone), day_start(monday + _WEEK, zone), name, zone, "week")

    @classmethod
    def between(cls, start: datetime, end: datetime, zone: ZoneInfo = UTC_ZONE) -> "Window":
        """Any other; widened to whole minutes. ValueError where it is empty, or ends after the year 5999."""
        minute = GRAINS[0][1]
        if start >= end:
            raise ValueError("from must be before to")
        if end > _LATEST:
            raise ValueError("to must be before the year 6000")
        return cls(floor(start, minute), ceiling(end, minute), zone=zone)

    def _so_far(self, now: datetime) -> "Window":
        """Of a day or week that is under way, what there is: else it would be compared with a whole one."""
        return replace(self, end=_minute_after(now)) if self.start <= now < self.end else self

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def before(self) -> "Window":
        """The period before: as long, or, of the calendar, the same part of the day or week before."""
        if self.period is not None:
            return self._earlier(1 if self.period == "day" else 7)
        return Window(_less(self.start, self.length), self.start, zone=self.zone)

    def weeks_before(self, weeks: int = 1) -> "Window":
        """The same hours, by the clocks of the zone, so many weeks ago."""
        return self._earlier(7 * weeks)

    def usual(self) -> list["Window"]:
        """The four windows like this one before it: the same hours of the last four weeks.

        Where it is longer than a week, they lie two, three, … weeks apart, so that none holds what another does.
        """
        apart = max(1, -(-self.length // _WEEK))
        return [self.weeks_before(apart * times) for times in range(1, 5)]

    def _earlier(self, days: int) -> "Window":
        start, end = (_days_before(moment, days, self.zone) for moment in (self.start, self.end))
        return Window(start, end, zone=self.zone, period=self.period)

    def spans(self) -> Iterator[tuple[str, datetime, datetime]]:
        """(grain, first pane, end) triples that cover the window exactly once, in as few panes as possible."""
        yield from _cover(self.start, self.end, len(GRAINS) - 1)


def _check(day: date) -> None:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValueError("must be a day from 2000 to 5999")


def _minute_after(now: datetime) -> datetime:
    minute = GRAINS[0][1]
    return floor(now, minute) + minute


def _days_before(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    if moment - _EARLIEST < timedelta(days=days):
        return _less(moment, timedelta(days=days))
    day = local_day(moment, zone)
    if moment == day_start(day, zone):  # which is not 00:00 where the clocks go forward at midnight
        return day_start(day - timedelta(days=days), zone)
    return instant(moment.astimezone(zone).replace(tzinfo=None) - timedelta(days=days), zone)


def _less(moment: datetime, length: timedelta) -> datetime:
    """So much earlier, but not before there is anything; else a long window would lead to no date at all."""
    return moment - length if moment - _EARLIEST > length else min(moment, _EARLIEST)


def _cover(start: datetime, end: datetime, place: int) -> Iterator[tuple[str, datetime, datetime]]:
    grain, length = GRAINS[place]
    first, last = ceiling(start, length), floor(end, length)
    if first >= last:
        if place and start < end:
            yield from _cover(start, end, place - 1)
        return
    if place:
        yield from _cover(start, first, place - 1)
    yield grain, first, last
    if place:
        yield from _cover(last, end, place - 1)
