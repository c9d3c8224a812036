"""The words in which the on-call file says times: ``mon 09:00``, ``12 hours``, ``22:00-07:00``. Every function takes
what stands in the file and raises ValueError with what is wrong, which is said without repeating it."""

import re
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from alerting.core.oncall.places import Place
from events.hours import calendar_file
from events.hours.business import Hours
from events.problems import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
LONGEST_TURN = timedelta(weeks=8)
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_UNITS = {"hour": timedelta(hours=1), "day": _DAY, "week": _WEEK}
_EVERY = re.compile(r"([1-9]\d{0,3}) (hour|day|week)s?", re.ASCII)
_HANDOVER = re.compile(rf"(?:({'|'.join(DAYS)}) )?([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_LONGEST_URL = 2000


class Handover(NamedTuple):
    """``weekday``: Monday is 0; None where the turns are not of weeks."""

    weekday: int | None
    at: time


def every(said: Any) -> timedelta:
    if isinstance(said, str) and said in _UNITS:
        return _UNITS[said]
    found = _EVERY.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError("must be how long a turn is: day, week, or a number such as 12 hours, 3 days, 2 weeks")
    length = int(found[1]) * _UNITS[found[2]]
    if length > LONGEST_TURN:
        raise ValueError("must be at most 8 weeks")
    return length


def handover(said: Any) -> Handover:
    if isinstance(said, int):  # YAML 1.1 counts 10:30 in sixties
        raise ValueError("must be in quotation marks: YAML takes it for a number")
    found = _HANDOVER.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError("must be when one hands over to the next: mon 09:00, or without the day, 09:00")
    return Handover(DAYS.index(found[1]) if found[1] else None, time(int(found[2]), int(found[3])))


def day(said: Any) -> date:
    try:
        if isinstance(said, str) and _DATE.fullmatch(said):
            found = date.fromisoformat(said)
            if FIRST_DAY <= found <= LAST_DAY:
                return found
    except ValueError:
        pass
    raise ValueError("must be a day that exists, between 2000 and 2100, such as 2026-01-05")


def span(said: Any) -> tuple[time, time]:
    found = _SPAN.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError("must be from one time to another, such as 22:00-07:00")
    start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if start == end:
        raise ValueError("must not end when it starts")
    return start, end


def hours(said: Any) -> Hours:
    """Of a week, as in the file of business calendars. In UTC: the schedule's zone is put in later."""
    if not isinstance(said, dict) or not said:
        raise ValueError("must be hours by day, such as mon-fri: 08:00-18:00")
    try:
        return calendar_file.calendars({"default": "week", "calendars": {"week": {"open": said}}}).default
    except Invalid as error:
        problem = error.problems[0]
        place = problem.pointer.removeprefix("/calendars/week/open").strip("/").split("/")[0]
        raise ValueError(f"{place}: {problem.message}" if place else problem.message) from error


def place(said: Any) -> Place:
    match said:
        case str() if 0 < len(said) <= _LONGEST_URL:
            return Place(url=said)
        case {"env": str() as name, **more} if not more and _VARIABLE.fullmatch(name):
            return Place(env=name)
        case {"file": str() as name, **more} if not more and name:
            return Place(file=Path(name))
    raise ValueError("must be an https address, or where one is kept: {env: NAME} or {file: PATH}")


def unfit(every: timedelta, handover: Handover, since: date) -> str | None:
    """Why a rotation cannot have these three; None where it can."""
    weeks = every % _WEEK == timedelta(0)
    if weeks and handover.weekday is None:
        return "needs a hand-over with its day, such as mon 09:00: its turns are weeks"
    if not weeks and handover.weekday is not None:
        return "must have a hand-over without a day, such as 09:00: its turns are not weeks"
    if handover.weekday not in (None, since.weekday()):
        return f"must have a since that is a {DAYS[handover.weekday or 0]}, as its hand-over is: the first turn's day"
    return None
