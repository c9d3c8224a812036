"""The file of business calendars, checked whole.

    default: head-office
    calendars:
      head-office:
        zone: Europe/Berlin
        open:
          mon-thu: 08:00-18:00
          fri: [08:00-12:00, 13:00-17:00]
        holidays: [2026-12-25, 2026-12-26]
      round-the-clock:
        open: always
    teams:
      billing: head-office
      emergency: round-the-clock

A day that is not named is closed. 24:00 ends a day; a night is ``22:00-24:00`` and, the next day, ``00:00-06:00``.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, ValidationError

from events.hours.business import ALWAYS, Calendars, Hours, Opening
from events.hours.zones import Zone
from events.problems import Invalid, Problem, message
from events.vocabulary import Identifier, Label

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_SAID = re.compile(rf"({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))?")
_HOURS_SAID = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)
_DATE_SAID = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MIDNIGHT = 24 * 60

Openings = tuple[Opening, ...]


def _days(said: Any) -> range:
    found = _DAYS_SAID.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError("must be a day (mon, tue, wed, thu, fri, sat, sun) or from one to another, as mon-fri")
    first, last = _DAYS.index(found[1]), _DAYS.index(found[2] or found[1])
    if last < first:
        raise ValueError("must go forward in a week that begins on Monday")
    return range(first, last + 1)


def _openings(said: Any) -> Openings:
    found = tuple(sorted(_opening(each) for each in (said if isinstance(said, list) else [said])))
    if any(before.end > after.start for before, after in pairwise(found)):
        raise ValueError("has hours that overlap")
    return found


def _opening(said: Any) -> Opening:
    found = _HOURS_SAID.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError("must be hours such as 08:00-18:00")
    numbers = [int(group) for group in found.groups()]
    opening = Opening(numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3])
    if opening.start >= opening.end:
        raise ValueError("must end after it starts; a night is 22:00-24:00 and, the next day, 00:00-06:00")
    if opening.end > _MIDNIGHT:
        raise ValueError("must end by 24:00")
    return opening


def _each_day_once(week: dict[range, Openings]) -> dict[range, Openings]:
    days = [day for said in week for day in said]
    if len(set(days)) != len(days):
        raise ValueError("names a day twice")
    return week


def _date(said: Any) -> date:
    try:
        if isinstance(said, str) and _DATE_SAID.fullmatch(said):
            return date.fromisoformat(said)
    except ValueError:
        pass
    raise ValueError("must be a day that exists, such as 2026-12-25")


_Week = Annotated[
    dict[Annotated[range, BeforeValidator(_days)], Annotated[Openings, BeforeValidator(_openings)]],
    AfterValidator(_each_day_once),
]
_Open = Annotated[
    Annotated[Literal["always"], Tag("always")] | Annotated[_Week, Tag("week")],
    Discriminator(lambda said: "always" if isinstance(said, str) else "week"),
]


class _Calendar(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    zone: Zone = ZoneInfo("UTC")
    open: _Open
    holidays: list[Annotated[date, BeforeValidator(_date)]] = []

    def hours(self) -> Hours:
        if self.open == "always":
            return ALWAYS
        week: list[Openings] = [()] * len(_DAYS)
        for days, openings in self.open.items():
            for day in days:
                week[day] = openings
        return Hours(self.zone, tuple(week), frozenset(self.holidays))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    default: Identifier | None = None
    calendars: dict[Identifier, _Calendar] = {}
    teams: dict[Label, Identifier] = {}


def calendars(document: Any) -> Calendars:
    """The calendars that a YAML document describes. Raises Invalid with every complaint there is."""
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise Invalid([Problem(_pointer(item, document), item["type"], message(item)) for item in found]) from error
    if unknown := list(_unknown(file)):
        raise Invalid(unknown)
    hours = {name: calendar.hours() for name, calendar in file.calendars.items()}
    return Calendars(
        default=hours[file.default] if file.default else ALWAYS,
        teams={team: hours[name] for team, name in file.teams.items()},
    )


def _unknown(file: _File) -> Iterator[Problem]:
    said = [("/default", file.default), *((f"/teams/{_step(team)}", name) for team, name in file.teams.items())]
    for pointer, name in said:
        if name is not None and name not in file.calendars:
            yield Problem(pointer, "unknown", "names no calendar of this file")


def _pointer(item: Any, document: Any) -> str:
    """The place as in the file; unlike in what senders post, its keys are the operator's own words."""
    pointer, here = "", document
    for number, step in enumerate(item["loc"]):
        absent = item["type"] == "missing" and number == len(item["loc"]) - 1
        inside = (isinstance(here, dict) and step in here) or (isinstance(here, list) and isinstance(step, int))
        if inside or absent:
            pointer += f"/{_step(step)}"
            here = here[step] if inside else None
    return pointer


def _step(name: str | int) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
