"""The on-call schedules as they are shown: who is on call now and next, shifts over a time, gaps, and what a calendar
that subscribes is given. What the API answers and the command line prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.oncall.asked import NewLink, NewOverride
from alerting.core.oncall.rotation import Rotation
from alerting.core.oncall.schedule import Schedule, Shift
from alerting.core.oncall.shifts import Coverage, Gap, coverage, shifts_of, stretches
from alerting.core.people import Person
from alerting.store import oncall
from alerting.store.oncall_calendars import CalendarState, states
from events.problems import Problem

LOOK_AHEAD = timedelta(days=60)
"""Longer than any turn."""
MARGIN = timedelta(days=60)
"""How far around a span is looked, to find where its first and last shifts begin and end."""


@dataclass(frozen=True, slots=True)
class PersonView:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class NextView:
    """Who is on call on the layer next, and from when."""

    people: list[PersonView]
    starts: datetime


@dataclass(frozen=True, slots=True)
class LayerNow:
    """``until``: when somebody comes or goes, or somebody comes where nobody is; None: not in the next 60 days.
    ``next``: None where nobody else comes in that time."""

    layer: int
    kind: str
    people: list[PersonView]
    until: datetime | None
    next: NextView | None


@dataclass(frozen=True, slots=True)
class ScheduleNow:
    """``nobody``: nobody is on call on any layer at this moment."""

    schedule: str
    zone: str
    nobody: bool
    layers: list[LayerNow]


@dataclass(frozen=True, slots=True)
class ShiftView:
    """``source``: what put them on call: ``rotation``, ``calendar`` or ``override``."""

    layer: int
    person: PersonView
    starts: datetime
    ends: datetime
    source: str


@dataclass(frozen=True, slots=True)
class GapView:
    schedule: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class ScheduleShifts:
    schedule: str
    zone: str
    starts: datetime
    ends: datetime
    shifts: list[ShiftView]
    gaps: list[GapView]


class OncallViews:
    """Reads in the caller's transaction."""

    def __init__(self, schedules: Mapping[str, Schedule], people: Mapping[str, Person]) -> None:
        self.schedules = schedules
        self.people = people

    async def now(self, tx: AsyncConnection, tenant: str, at: datetime) -> list[ScheduleNow]:
        """Every schedule at the moment ``at``."""
        return [
            self._now(schedule, await oncall.covered(tx, tenant, schedule, at, at + LOOK_AHEAD))
            for schedule in self.schedules.values()
        ]

    def planned(self, at: datetime) -> list[ScheduleNow]:
        """The same by the rotations alone, as if there were neither overrides nor calendars."""
        return [
            self._now(schedule, coverage(schedule, at, at + LOOK_AHEAD, (), ())) for schedule in self.schedules.values()
        ]

    async def shifts(
        self, tx: AsyncConnection, tenant: str, schedule: Schedule, start: datetime, end: datetime
    ) -> ScheduleShifts:
        """Those that touch the span, whole: the first may have begun before it, the last may end after."""
        shifts = await whole_shifts(tx, tenant, schedule, start, end)
        gaps = await oncall.gaps(tx, tenant, schedule, start, end)
        shown = [ShiftView(each.layer, self.person(each.person), each.start, each.end, each.source) for each in shifts]
        return ScheduleShifts(schedule.id, schedule.zone.key, start, end, shown, _views(gaps))

    async def gaps(self, tx: AsyncConnection, tenant: str, start: datetime, end: datetime) -> list[GapView]:
        """Of every schedule, the nearest first."""
        found: list[Gap] = []
        for schedule in self.schedules.values():
            found += await oncall.gaps(tx, tenant, schedule, start, end)
        return _views(sorted(found, key=lambda gap: (gap.start, gap.schedule)))

    async def calendars(self, tx: AsyncConnection) -> list[CalendarState]:
        """How the calendars stand that the schedules are read from."""
        layers = [(each.id, layer) for each in self.schedules.values() for layer, _ in each.calendars]
        return await states(tx, layers)

    def complaints(self, wanted: NewOverride) -> list[Problem]:
        """What it names that the on-call file does not have."""
        schedule, found = self.schedules.get(wanted.schedule), []
        if schedule is None:
            found.append(Problem("/schedule", "unknown", "is no schedule of the on-call file"))
        elif wanted.layer is not None and wanted.layer > len(schedule.layers):
            found.append(Problem("/layer", "unknown", f"must be at most {len(schedule.layers)} in this schedule"))
        if wanted.person not in self.people:
            found.append(Problem("/person", "unknown", "is nobody of the on-call file"))
        return found

    def link_complaints(self, wanted: NewLink) -> list[Problem]:
        """As above."""
        found = []
        if wanted.schedule is not None and wanted.schedule not in self.schedules:
            found.append(Problem("/schedule", "unknown", "is no schedule of the on-call file"))
        if wanted.person is not None and wanted.person not in self.people:
            found.append(Problem("/person", "unknown", "is nobody of the on-call file"))
        return found

    def person(self, id_: str) -> PersonView:
        known = self.people.get(id_)
        return PersonView(id_, known.name if known else id_)

    def _now(self, schedule: Schedule, covered: Sequence[Coverage]) -> ScheduleNow:
        layers = [self._layer(schedule, number, covered) for number in range(1, len(schedule.layers) + 1)]
        return ScheduleNow(schedule.id, schedule.zone.key, not any(covered[0].layers), layers)

    def _layer(self, schedule: Schedule, number: int, covered: Sequence[Coverage]) -> LayerNow:
        (ids, _, until), *later = list(stretches(number, covered))
        following = next(((ids, start) for ids, start, _ in later if ids), None)
        return LayerNow(
            number,
            "rotation" if isinstance(schedule.layers[number - 1], Rotation) else "calendar",
            [self.person(id_) for id_ in ids],
            until if later else None,
            NextView([self.person(id_) for id_ in following[0]], following[1]) if following else None,
        )


async def whole_shifts(
    tx: AsyncConnection, tenant: str, schedule: Schedule, start: datetime, end: datetime
) -> list[Shift]:
    """Shifts that touch the span. One begins and ends where it does, and not where somebody happened to look, up to 60
    days away from the span."""
    covered = await oncall.covered(tx, tenant, schedule, start - MARGIN, end + MARGIN)
    return [each for each in shifts_of(schedule, covered) if each.start < end and each.end > start]


def _views(gaps: Sequence[Gap]) -> list[GapView]:
    return [GapView(gap.schedule, gap.start, gap.end) for gap in gaps]
