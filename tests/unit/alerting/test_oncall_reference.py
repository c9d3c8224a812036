"""The on-call schedules against somebody with a wall clock and a sheet of paper, over both days the clocks change."""

import os
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.core.oncall.file import SchedulesSection
from alerting.core.oncall.schedule import Override, Schedule, Shift, on_call
from alerting.core.oncall.shifts import Coverage, coverage, gaps_of, shifts_of
from support.reference_oncall import MINUTE, WEEKDAYS, Change, Plan, Sheet, Turns, minute_by_minute

EXAMPLES = int(os.environ.get("AMENDS_ONCALL_EXAMPLES", "40"))
PEOPLE = ("dana", "ravi", "maria", "kofi")
CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "America/New_York": ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    "Africa/Cairo": ("2026-04-23T22:00Z", "2026-10-29T21:00Z"),
    "Australia/Lord_Howe": ("2026-10-03T15:30Z", "2026-04-04T15:00Z"),
    "America/St_Johns": ("2026-03-08T05:30Z", "2026-11-01T04:30Z"),
    "Asia/Kolkata": ("2026-03-29T01:00Z",),
}
"""Moments at which the clocks go forward, and back; in Kolkata they never do."""
ODD = (time(2, 30), time(2, 0), time(0, 0), time(0, 30), time(1, 45), time(9, 0), time(23, 59))


def moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


def test_the_clocks_do_change_then() -> None:
    for name, (*changes,) in CHANGES.items():
        for said in changes:
            at, zone = moment(said), ZoneInfo(name)
            moved = at.astimezone(zone).utcoffset() != (at - MINUTE).astimezone(zone).utcoffset()
            assert moved == (name != "Asia/Kolkata"), (name, said)


@st.composite
def turns(draw: st.DrawFn, around: datetime) -> tuple[dict[str, Any], Turns]:
    """A rotation as the file says it, and as it stands on paper."""
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4))
    unit, longest = draw(st.sampled_from([("hour", 40), ("day", 9), ("week", 3)]))
    number = draw(st.integers(1, longest))
    length = number * {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[unit]
    at = draw(st.sampled_from(ODD) | st.times().map(lambda each: each.replace(second=0, microsecond=0, fold=0)))
    since = (around - timedelta(days=draw(st.integers(-3, 60)))).date()
    weekly = length % timedelta(weeks=1) == timedelta(0)
    handover = f"{WEEKDAYS[since.weekday()]} {at:%H:%M}" if weekly else f"{at:%H:%M}"
    said = {"rotation": people, "every": f"{number} {unit}s", "handover": handover, "since": since.isoformat()}
    hours = draw(st.none() | st.dictionaries(st.sampled_from(WEEKDAYS), opening(), min_size=1))
    if hours is not None:
        said["hours"] = {day: f"{_clock(opens)}-{_clock(closes)}" for day, (opens, closes) in hours.items()}
    return said, Turns(tuple(people), datetime.combine(since, at), length, hours)


@st.composite
def opening(draw: st.DrawFn) -> tuple[int, int]:
    first, last = sorted(draw(st.lists(st.integers(0, 24 * 60), min_size=2, max_size=2, unique=True)))
    return first, last


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def spans(draw: st.DrawFn, start: datetime) -> tuple[datetime, datetime]:
    begins = start + draw(st.integers(-300, 4000)) * MINUTE
    return begins, begins + draw(st.integers(1, 3000)) * MINUTE


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, Schedule, list[Override], list[Shift], datetime]:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    around = moment(draw(st.sampled_from(CHANGES[zone])))
    start = around - draw(st.integers(1, 36 * 60)) * MINUTE
    said: list[dict[str, Any]] = []
    paper: list[Turns | Sheet] = []
    shifts: list[Shift] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        if draw(st.booleans()):
            layer, drawn = draw(turns(around))
            said.append(layer)
            paper.append(drawn)
        else:
            rows = [(draw(st.sampled_from(PEOPLE)), *span) for span in draw(st.lists(spans(start), max_size=5))]
            said.append({"calendar": {"url": "https://calendar.example.org/x.ics"}})
            paper.append(Sheet(tuple(rows)))
            shifts += [Shift(number, *row, mark=str(place)) for place, row in enumerate(rows)]
    changes, overrides = [], []
    for number, span in enumerate(draw(st.lists(spans(start), max_size=4))):
        on = draw(st.booleans())
        layer = draw(st.integers(1, len(paper))) if on else draw(st.none() | st.integers(1, len(paper)))
        person = draw(st.sampled_from(PEOPLE))
        changes.append(Change(person, on, layer, *span))
        overrides.append(Override(str(number), person, "on" if on else "off", layer, *span))
    schedule = SchedulesSection.model_validate({"x": {"zone": zone, "layers": said}}).value()["x"]
    return Plan(zone, tuple(paper), tuple(changes)), schedule, overrides, shifts, start


def spread(covered: list[Coverage]) -> dict[datetime, tuple[frozenset[str], ...]]:
    """Minute by minute."""
    return {
        each.start + number * MINUTE: tuple(frozenset(held.person for held in layer) for layer in each.layers)
        for each in covered
        for number in range((each.end - each.start) // MINUTE)
    }


@settings(max_examples=EXAMPLES, deadline=None)
@given(plans())
def test_at_every_minute_of_three_days_the_same_people_are_on_call(
    drawn: tuple[Plan, Schedule, list[Override], list[Shift], datetime],
) -> None:
    plan, schedule, overrides, shifts, start = drawn
    end = start + timedelta(days=3)
    expected = minute_by_minute(plan, start, end)
    for at, people in expected[::31]:
        assert tuple(map(frozenset, on_call(schedule, at, overrides, shifts))) == people, at

    covered = coverage(schedule, start, end, overrides, shifts)
    assert (covered[0].start, covered[-1].end) == (start, end)
    assert spread(covered) == dict(expected)

    empty = {at for at, people in expected if not any(people)}
    gaps = gaps_of(schedule, covered)
    assert {gap.start + n * MINUTE for gap in gaps for n in range((gap.end - gap.start) // MINUTE)} == empty

    worked = [set() for _ in schedule.layers]
    for shift in shifts_of(schedule, covered):
        worked[shift.layer - 1] |= {
            (shift.person, shift.start + n * MINUTE) for n in range((shift.end - shift.start) // MINUTE)
        }
    for number, minutes in enumerate(worked):
        assert minutes == {(person, at) for at, people in expected for person in people[number]}


@pytest.mark.parametrize("zone", CHANGES)
def test_thirty_days_around_each_change_agree_to_the_minute(zone: str) -> None:
    """Three layers that hand over at odd times, with changes by hand on the very day."""
    for said in CHANGES[zone]:
        around = moment(said)
        start, since = around - timedelta(days=20), (around - timedelta(days=40)).date()
        layers = [
            {"rotation": ["dana", "ravi"], "every": "day", "handover": "02:30", "since": since.isoformat()},
            {
                "rotation": ["maria", "kofi", "dana"],
                "every": "8 hours",
                "handover": "00:30",
                "since": since.isoformat(),
            },
            {
                "rotation": ["ravi", "maria"],
                "every": "week",
                "handover": f"{WEEKDAYS[since.weekday()]} 09:00",
                "since": since.isoformat(),
                "hours": {"mon-fri": "02:30-18:00", "sun": "00:00-24:00"},
            },
        ]
        weekdays = dict.fromkeys(WEEKDAYS[:5], (150, 1080)) | {"sun": (0, 1440)}
        paper = (
            Turns(("dana", "ravi"), datetime.combine(since, time(2, 30)), timedelta(days=1)),
            Turns(("maria", "kofi", "dana"), datetime.combine(since, time(0, 30)), timedelta(hours=8)),
            Turns(("ravi", "maria"), datetime.combine(since, time(9)), timedelta(weeks=1), weekdays),
        )
        hands = [
            ("kofi", True, 1, around - 90 * MINUTE, around + 45 * MINUTE),
            ("dana", False, None, around - 600 * MINUTE, around + 600 * MINUTE),
        ]
        overrides = [Override(str(n), who, "on" if on else "off", *rest) for n, (who, on, *rest) in enumerate(hands)]
        schedule = SchedulesSection.model_validate({"x": {"zone": zone, "layers": layers}}).value()["x"]
        plan = Plan(zone, paper, tuple(Change(*each) for each in hands))
        end = start + timedelta(days=30)
        expected = dict(minute_by_minute(plan, start, end))
        covered = coverage(schedule, start, end, overrides, ())
        assert spread(covered) == expected
        for at in {each.start for each in covered} | {each.end - MINUTE for each in covered}:
            assert tuple(map(frozenset, on_call(schedule, at, overrides))) == expected[at], at


def test_a_hand_over_at_nine_stays_at_nine() -> None:
    said = {"rotation": ["dana", "ravi"], "every": "day", "handover": "09:00", "since": "2026-03-01"}
    schedule = SchedulesSection.model_validate({"x": {"zone": "Europe/Berlin", "layers": [said]}}).value()["x"]
    start, end = datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 3, 31, 7, tzinfo=UTC)
    shifts = shifts_of(schedule, coverage(schedule, start, end, (), ()))
    assert [(s.person, s.start.hour, (s.end - s.start) // timedelta(hours=1)) for s in shifts] == [
        ("dana", 8, 24),
        ("ravi", 8, 23),
        ("dana", 7, 24),
        ("ravi", 7, 24),
    ]
