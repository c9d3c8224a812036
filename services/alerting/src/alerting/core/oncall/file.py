"""The sections ``people`` and ``schedules`` of the on-call file."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from alerting.core.oncall import wording
from alerting.core.oncall.places import Place
from alerting.core.oncall.rotation import Rotation
from alerting.core.oncall.schedule import Calendar, Layer, Schedule
from alerting.core.people import Person, Quiet
from events.hours.business import ALWAYS, Hours
from events.hours.zones import Zone
from events.problems import Problem
from events.vocabulary import Identifier, Label

RESERVED = frozenset({"gaps", "links", "overrides", "person", "people"})
"""Words that stand in the paths of the API where a schedule's id does."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Address = Annotated[str, Field(min_length=1, max_length=320, pattern=r"^[^\x00-\x20\x7f](.*[^\x00-\x20\x7f])?$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class PersonSaid(_Section):
    name: Label
    zone: Zone | None = None
    quiet: Annotated[tuple[time, time], BeforeValidator(wording.span)] | None = None
    reach: dict[Name, Address] = {}

    @model_validator(mode="after")
    def _whose_clocks(self) -> Self:
        if self.quiet and self.zone is None:
            raise ValueError("needs a zone: quiet hours are by the person's own clocks")
        return self

    def value(self, id_: str) -> Person:
        quiet = Quiet(*self.quiet) if self.quiet else None
        return Person(id_, self.name, self.zone or ZoneInfo("UTC"), self.reach, quiet)


class PeopleSection(RootModel[dict[Identifier, PersonSaid]]):
    """``people``: who can be told, by id."""

    def value(self) -> dict[str, Person]:
        return {id_: said.value(id_) for id_, said in self.root.items()}


class CalendarSaid(_Section):
    """``url``: an https address as it is, or ``{env: NAME}`` or ``{file: PATH}``, where it is a secret."""

    url: Annotated[Place, BeforeValidator(wording.place)]


class LayerSaid(_Section):
    """Either a rotation or a calendar."""

    rotation: Annotated[list[Identifier], Field(min_length=1, max_length=100)] | None = None
    every: Annotated[timedelta, BeforeValidator(wording.every)] = timedelta(weeks=1)
    handover: Annotated[wording.Handover, BeforeValidator(wording.handover)] | None = None
    since: Annotated[date, BeforeValidator(wording.day)] | None = None
    hours: Annotated[Hours, BeforeValidator(wording.hours)] | None = None
    calendar: CalendarSaid | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.rotation is None) == (self.calendar is None):
            raise ValueError("must have either a rotation or a calendar")
        if self.calendar is not None:
            if self.model_fields_set != {"calendar"}:
                raise ValueError("has a calendar, which says everything itself: nothing else may stand beside it")
            return self
        if self.since is None or self.handover is None:
            raise ValueError("needs since and handover: the day and the time at which the first turn begins")
        if complaint := wording.unfit(self.every, self.handover, self.since):
            raise ValueError(complaint)
        return self

    def value(self, zone: ZoneInfo) -> Layer:
        if self.calendar is not None:
            return Calendar(self.calendar.url)
        if self.rotation is None or self.since is None or self.handover is None:  # _one_kind has seen to it
            raise AssertionError
        since = datetime.combine(self.since, self.handover.at)
        hours = Hours(zone, self.hours.week) if self.hours else ALWAYS
        return Rotation(tuple(self.rotation), self.every, since, hours)


def _free(name: str) -> str:
    if name in RESERVED:
        raise ValueError("is a word of the API's own paths: give the schedule another name")
    return name


class ScheduleSaid(_Section):
    zone: Zone
    layers: Annotated[list[LayerSaid], Field(min_length=1, max_length=20)]


class SchedulesSection(RootModel[dict[Annotated[Name, AfterValidator(_free)], ScheduleSaid]]):
    """``schedules``: who of them is on call when, by id."""

    def value(self) -> dict[str, Schedule]:
        return {
            id_: Schedule(id_, said.zone, tuple(layer.value(said.zone) for layer in said.layers))
            for id_, said in self.root.items()
        }


def strangers(schedules: Mapping[str, Schedule], people: Mapping[str, Person]) -> Iterator[Problem]:
    """What the schedules say of people whom the file does not know."""
    for id_, schedule in schedules.items():
        for number, layer in enumerate(schedule.layers):
            for place, person in enumerate(layer.people if isinstance(layer, Rotation) else ()):
                if person not in people:
                    pointer = f"/schedules/{id_}/layers/{number}/rotation/{place}"
                    yield Problem(pointer, "unknown", "names nobody of the section people")
