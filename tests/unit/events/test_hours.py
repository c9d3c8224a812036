"""Business seconds, on ordinary days and on those when the clocks change."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from events.hours.business import ALWAYS, Hours, Opening, business_seconds
from events.hours.calendar_file import calendars
from events.problems import Invalid
from events.runtime import plain_yaml

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = (Opening(9 * 60, 17 * 60),)
OFFICE = Hours(BERLIN, (NINE_TO_FIVE,) * 5 + ((), ()), frozenset({date(2026, 5, 1)}))
NIGHTS = Hours(BERLIN, ((Opening(0, 6 * 60), Opening(22 * 60, 24 * 60)),) * 7)
HOUR = 3600


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-02T10:00", "2026-03-02T11:30", 1.5),  # a Monday, inside
        ("2026-03-02T06:00", "2026-03-02T11:00", 2),  # from before opening
        ("2026-03-02T16:00", "2026-03-02T23:00", 1),  # to after closing
        ("2026-03-02T18:00", "2026-03-03T08:59", 0),  # a night
        ("2026-03-02T16:00", "2026-03-03T10:00", 2),  # over a night
        ("2026-03-06T16:00", "2026-03-09T10:00", 2),  # over a weekend
        ("2026-03-07T10:00", "2026-03-08T10:00", 0),  # in a weekend
        ("2026-04-30T16:00", "2026-05-04T10:00", 2),  # a holiday on Friday
        ("2026-03-02T09:00", "2026-03-02T17:00", 8),
        ("2026-03-02T17:00", "2026-03-03T09:00", 0),
        ("2026-03-02T11:00", "2026-03-02T10:00", 0),  # the wrong way round
        ("2026-03-01T00:00", "2026-04-01T00:00", 22 * 8),
    ],
)
def test_only_opening_hours_count(start: str, end: str, hours: float) -> None:
    assert business_seconds(berlin(start), berlin(end), OFFICE) == hours * HOUR


def test_around_the_clock_is_the_wall_clock() -> None:
    start = datetime(2026, 3, 1, 23, 59, 59, 500_000, tzinfo=UTC)
    assert business_seconds(start, start + timedelta(seconds=90.25), ALWAYS) == 90.25


@pytest.mark.parametrize(
    ("day", "night"),
    [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-01", 8)],  # forward, back, neither: 22:00 to 06:00
)
def test_a_night_in_which_the_clocks_change_is_as_long_as_it_was(day: str, night: int) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=BERLIN)
    assert business_seconds(noon, noon + timedelta(days=1), NIGHTS) == night * HOUR


def test_times_given_by_the_clocks_of_one_zone_are_apart_as_long_as_it_was() -> None:
    start, end = berlin("2026-03-29T00:30"), berlin("2026-03-29T05:30")
    assert business_seconds(start, end, ALWAYS) == business_seconds(start, end, NIGHTS) == 4 * HOUR
    twice = berlin("2026-10-25T02:45")
    assert business_seconds(twice, twice.replace(minute=15, fold=1), ALWAYS) == HOUR / 2


@pytest.mark.parametrize(
    ("day", "openings", "hours"),
    [
        ("2026-03-29", [(0, 150), (150, 1440)], 23),  # 02:30 does not exist: one ends and the other begins at 03:00
        ("2026-03-29", [(150, 360)], 3),  # from the moment the clocks go forward
        ("2026-03-29", [(130, 170)], 0),
        ("2026-10-25", [(0, 150), (150, 1440)], 25),  # 02:30 comes twice: nothing counts twice, nothing is missing
    ],
)
def test_hours_that_begin_or_end_where_the_clocks_change(day: str, openings: list[tuple[int, int]], hours: int) -> None:
    week = (tuple(Opening(*opening) for opening in openings),) * 7
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=BERLIN)
    end = start + timedelta(days=1)
    assert business_seconds(start, end, Hours(BERLIN, week)) == hours * HOUR


def test_it_is_what_counting_minute_by_minute_gives() -> None:
    """Over both changes of the clocks, with holidays and lunch breaks, against the definition itself."""
    week = ((Opening(0, 90), Opening(480, 720), Opening(780, 1440)),) * 3 + ((), (Opening(60, 185),)) * 2
    chance = random.Random(4)
    for name in ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo"):
        hours = Hours(ZoneInfo(name), week, frozenset({date(2026, 4, 1)}))
        for first in ("2026-03-06", "2026-03-27", "2026-04-03", "2026-04-22", "2026-10-02", "2026-10-29"):
            start = datetime.fromisoformat(f"{first}T00:00").replace(tzinfo=UTC)
            start += timedelta(minutes=chance.randrange(1440))
            minutes = chance.randrange(1, 6000)
            counted = sum(_open(hours, start + timedelta(minutes=n)) for n in range(minutes))
            assert business_seconds(start, start + timedelta(minutes=minutes), hours) == counted * 60, (name, first)


def _open(hours: Hours, moment: datetime) -> bool:
    assert hours.zone is not None
    assert hours.week is not None
    shown = moment.astimezone(hours.zone)
    minute = shown.hour * 60 + shown.minute
    return shown.date() not in hours.holidays and any(
        opening.start <= minute < opening.end for opening in hours.week[shown.weekday()]
    )


def test_the_file_says_whose_hours_are_which() -> None:
    found = calendars(
        plain_yaml.loads("""
default: office
calendars:
  office:
    zone: Europe/Berlin
    open: {mon-thu: 08:00-18:00, fri: [13:00-17:00, 08:00-12:00]}
    holidays: [2026-12-25]
  round-the-clock: {open: always}
teams: {billing: office, night desk: round-the-clock}
""")
    )
    office = found.of("billing")
    assert office.week == ((Opening(480, 1080),),) * 4 + ((Opening(480, 720), Opening(780, 1020)), (), ())
    assert office.holidays == {date(2026, 12, 25)}
    assert found.of("night desk") == ALWAYS
    assert found.of("somebody else") is office
    assert found.of(None) is office


def test_without_a_default_a_team_nobody_named_is_there_around_the_clock() -> None:
    found = calendars({"calendars": {"office": {"open": {"mon": "09:00-17:00"}}}, "teams": {"billing": "office"}})
    assert found.of(None) == ALWAYS
    assert found.of("billing") != ALWAYS
    assert calendars({}).of("billing") == ALWAYS


def test_every_complaint_about_the_file_is_made_at_once() -> None:
    week = {"mon": "8-18", "fri-mon": "08:00-12:00", "tue": ["08:00-12:00", "11:00-13:00"], "wed": "22:00-06:00"}
    document = {
        "calendars": {
            "a": {"zone": "Europe/Atlantis", "open": week, "holidays": ["2026-02-30", "2026-12-25"]},
            "b": {"opn": "always"},
            "c": {"open": "never"},
            "d": {"zone": 7, "open": {"mon-wed": "08:00-12:00", "tue": "13:00-24:01"}},
            "e": {"open": {"mon-wed": "08:00-12:00", "tue": "13:00-24:00"}},
        },
        "default": 3,
    }
    with pytest.raises(Invalid) as caught:
        calendars(document)
    assert {problem.pointer: problem.message.split()[0:3] for problem in caught.value.problems} == {
        "/calendars/a/zone": ["is", "no", "time"],
        "/calendars/a/open/mon": ["must", "be", "hours"],
        "/calendars/a/open/fri-mon": ["must", "go", "forward"],
        "/calendars/a/open/tue": ["has", "hours", "that"],
        "/calendars/a/open/wed": ["must", "end", "after"],
        "/calendars/a/holidays/0": ["must", "be", "a"],
        "/calendars/b/open": ["is", "required"],
        "/calendars/b/opn": ["names", "no", "field"],
        "/calendars/c/open": ["must", "be", "'always'"],
        "/calendars/d/zone": ["must", "be", "the"],
        "/calendars/d/open/tue": ["must", "end", "by"],
        "/calendars/e/open": ["names", "a", "day"],
        "/default": ["must", "be", "a"],
    }


def test_a_name_of_no_calendar_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        calendars({"default": "x", "teams": {"a/b": "y"}})
    assert [problem.pointer for problem in caught.value.problems] == ["/default", "/teams/a~1b"]
