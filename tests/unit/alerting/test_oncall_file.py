"""The sections ``people`` and ``schedules`` of the on-call file."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerting.core.oncall.file import PeopleSection, SchedulesSection, strangers
from alerting.core.oncall.places import Place
from alerting.core.oncall.schedule import Calendar, on_call
from events.problems import from_validation_error
from events.runtime import plain_yaml

FILE = """
people:
  dana: {name: Dana Reyes, zone: Europe/Berlin, quiet: "22:00-07:00", reach: {room: U123, mail: dana@example.org}}
  ravi: {name: Ravi Sen}
schedules:
  recovery:
    zone: Europe/Berlin
    layers:
      - {rotation: [dana, ravi], every: week, handover: mon 09:00, since: 2026-01-05, hours: {mon-fri: 08:00-18:00}}
      - {calendar: {url: {env: BACKUP_ICAL_URL}}}
      - {rotation: [ravi], every: 12 hours, handover: 08:00, since: 2026-01-05}
"""
ROTATION = {"rotation": ["dana"], "every": "day", "handover": "09:00", "since": "2026-01-05"}


def complaints(layer: Any, **schedule: Any) -> list[tuple[str, str]]:
    document = {"recovery": {"zone": "Europe/Berlin", "layers": [layer], **schedule}}
    try:
        SchedulesSection.model_validate(document)
    except ValidationError as error:
        return [(each.pointer, each.message) for each in from_validation_error(error, document).problems]
    return []


def test_a_file_is_read_as_it_is_written() -> None:
    document = plain_yaml.loads(FILE)
    people = PeopleSection.model_validate(document["people"]).value()
    assert list(people["dana"].reach) == ["room", "mail"]
    assert people["dana"].quiet_until(datetime(2026, 1, 5, 22, tzinfo=UTC)) == datetime(2026, 1, 6, 6, tzinfo=UTC)
    assert (people["ravi"].name, people["ravi"].quiet) == ("Ravi Sen", None)

    schedule = SchedulesSection.model_validate(document["schedules"]).value()["recovery"]
    assert schedule.calendars == ((2, Calendar(Place(env="BACKUP_ICAL_URL"))),)
    monday = datetime(2026, 1, 12, 8, tzinfo=UTC)  # 09:00 in Berlin
    minute = timedelta(minutes=1)
    assert on_call(schedule, monday - minute) == (("dana",), (), ("ravi",))
    assert on_call(schedule, monday) == (("ravi",), (), ("ravi",))
    assert on_call(schedule, monday.replace(hour=17)) == ((), (), ("ravi",))
    assert on_call(schedule, datetime(2026, 1, 5, 7, 59, tzinfo=UTC)) == ((), (), ("ravi",))
    assert on_call(schedule, datetime(2026, 1, 5, 6, 59, tzinfo=UTC)) == ((), (), ())


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"rotation": []}, "/rotation", "at least 1 item"),
        ({"rotation": None}, "", "either a rotation or a calendar"),
        ({"calendar": {"url": "https://x.org"}}, "", "either a rotation or a calendar"),
        ({"since": None}, "", "needs since and handover"),
        ({"every": "fortnight"}, "/every", "must be how long a turn is"),
        ({"every": "9 weeks"}, "/every", "at most 8 weeks"),
        ({"every": "0 days"}, "/every", "must be how long a turn is"),
        ({"every": "week"}, "", "needs a hand-over with its day"),
        ({"every": "7 days"}, "", "needs a hand-over with its day"),
        ({"handover": "mon 09:00"}, "", "without a day"),
        ({"handover": "25:00"}, "/handover", "when one hands over"),
        ({"handover": 630}, "/handover", "in quotation marks"),
        ({"every": "week", "handover": "tue 09:00"}, "", "since that is a tue"),
        ({"since": "2026-02-30"}, "/since", "a day that exists"),
        ({"since": "1970-01-01"}, "/since", "between 2000 and 2100"),
        ({"hours": {"mon-fri": "18:00-08:00"}}, "/hours", "mon-fri: must end after it starts"),
        ({"hours": {"monday": "08:00-18:00"}}, "/hours", "monday: must be a day"),
        ({"hours": {}}, "/hours", "must be hours by day"),
        ({"colour": "red"}, "/colour", "names no field we know"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused(change: Any, pointer: str, words: str) -> None:
    ((where, said),) = complaints({**ROTATION, **change})
    assert where == f"/recovery/layers/0{pointer}"
    assert words in said


@pytest.mark.parametrize("url", [{}, {"env": "lower"}, {"env": "A", "file": "b"}, 7, "", {"file": ""}, {"url": "x"}])
def test_a_calendar_says_where_it_is(url: Any) -> None:
    ((where, said),) = complaints({"calendar": {"url": url}})
    assert where == "/recovery/layers/0/calendar/url"
    assert "must be an https address, or where one is kept" in said


def test_nothing_stands_beside_a_calendar() -> None:
    ((where, said),) = complaints({"calendar": {"url": "https://x.org"}, "hours": {"mon": "08:00-18:00"}})
    assert (where, "nothing else may stand beside it" in said) == ("/recovery/layers/0", True)


def test_a_schedule_needs_a_zone_and_a_layer() -> None:
    assert [where for where, _ in complaints(ROTATION, zone="Mars/Base")] == ["/recovery/zone"]
    assert [where for where, _ in complaints(ROTATION, layers=[])] == ["/recovery/layers"]


@pytest.mark.parametrize("name", ["gaps", "overrides", "person", "a.ics", "a/b", "-x", ""])
def test_the_name_of_a_schedule_can_stand_in_a_path(name: str) -> None:
    with pytest.raises(ValidationError):
        SchedulesSection.model_validate({name: {"zone": "UTC", "layers": [ROTATION]}})


@pytest.mark.parametrize(
    "said",
    [
        {"name": "Dana", "quiet": "22:00-07:00"},  # by whose clocks?
        {"name": "Dana", "zone": "UTC", "quiet": "22:00-22:00"},
        {"name": "Dana", "zone": "UTC", "quiet": "22-7"},
        {"name": "", "zone": "UTC"},
        {"zone": "UTC"},
        {"name": "Dana", "reach": {"mail": ""}},
        {"name": "Dana", "reach": {"mail": " x"}},
    ],
)
def test_a_person_who_cannot_be_is_refused(said: Any) -> None:
    with pytest.raises(ValidationError):
        PeopleSection.model_validate({"dana": said})


def test_who_takes_turns_is_somebody_of_the_file() -> None:
    document = plain_yaml.loads(FILE)
    schedules = SchedulesSection.model_validate(document["schedules"]).value()
    people = PeopleSection.model_validate({"dana": {"name": "Dana"}}).value()
    assert [each.pointer for each in strangers(schedules, people)] == [
        "/schedules/recovery/layers/0/rotation/1",
        "/schedules/recovery/layers/2/rotation/0",
    ]
