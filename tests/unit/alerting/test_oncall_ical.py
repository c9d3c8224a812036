"""Calendars as Google, Outlook and others write them, read event by event; and ours, read back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events

from alerting.core.oncall import ical_out
from alerting.core.oncall.ical_in import Event, Unreadable, read
from alerting.core.oncall.schedule import Shift
from alerting.core.oncall.whose import Whose
from alerting.core.people import Person

BERLIN = ZoneInfo("Europe/Berlin")
START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
OUTLOOK_ZONE = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def ics(*events: str, head: str = "") -> bytes:
    """Each event is what stands between its UID and its end."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *head.splitlines()]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, *event.splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def spans(content: bytes, zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{each.start:%m-%d %H:%M} {each.end:%m-%d %H:%M}" for each in read(content, zone, START, END)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("DTSTART:20260302T080000Z\nDTEND:20260302T160000Z", ["03-02 08:00 03-02 16:00"]),
        ("DTSTART:20260302T080000\nDTEND:20260302T160000", ["03-02 07:00 03-02 15:00"]),  # floating: the schedule's
        ("DTSTART;TZID=America/New_York:20260302T080000\nDURATION:PT8H", ["03-02 13:00 03-02 21:00"]),
        ("DTSTART;TZID=Eastern Standard Time:20260302T080000\nDURATION:PT8H", ["03-02 13:00 03-02 21:00"]),
        ("DTSTART;VALUE=DATE:20260329", ["03-28 23:00 03-29 22:00"]),  # the day the clocks go forward has 23 hours
        ("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260304", ["03-01 23:00 03-03 23:00"]),
        ("DTSTART:20260302T080000Z", []),  # takes no time
        ("DTSTART:20260302T080000Z\nDTEND:20260302T160000Z\nSTATUS:CANCELLED", []),
        ("DTSTART:20250302T080000Z\nDTEND:20250302T160000Z", []),
        ("DTSTART:20260228T080000Z\nDTEND:20260301T080000Z", ["02-28 08:00 03-01 08:00"]),  # whole, not cut
    ],
)
def test_an_event_is_when_it_says(said: str, expected: list[str]) -> None:
    assert spans(ics(said)) == expected


def test_a_shift_over_night_stays_at_its_times_when_the_clocks_change() -> None:
    said = (
        "DTSTART;TZID=Europe/Berlin:20260327T200000\nDTEND;TZID=Europe/Berlin:20260328T080000\nRRULE:FREQ=DAILY;COUNT=3"
    )
    assert spans(ics(said)) == ["03-27 19:00 03-28 07:00", "03-28 19:00 03-29 06:00", "03-29 18:00 03-30 06:00"]


def test_exceptions_of_a_series_are_taken_out_or_moved() -> None:
    series = (
        "UID:series\nDTSTART;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T170000\n"
        "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=Europe/Berlin:20260309T090000"
    )
    moved = (
        "UID:series\nRECURRENCE-ID;TZID=Europe/Berlin:20260316T090000\nSUMMARY:Ravi\n"
        "DTSTART;TZID=Europe/Berlin:20260317T090000\nDTEND;TZID=Europe/Berlin:20260317T170000"
    )
    found = read(ics(series, moved), BERLIN, START, END)
    assert [f"{each.start:%m-%d}{each.summary}" for each in found] == ["03-02", "03-17Ravi", "03-23"]


def test_a_calendar_that_describes_its_own_zone_is_believed() -> None:
    said = "DTSTART;TZID=Customized Time Zone:20260330T080000\nDTEND;TZID=Customized Time Zone:20260330T160000"
    assert spans(ics(said, head=OUTLOOK_ZONE), ZoneInfo("UTC")) == ["03-30 06:00 03-30 14:00"]


def test_a_calendar_that_names_its_zone_goes_by_it() -> None:
    """As Google writes them: for what has no zone of its own, and for days."""
    head = "X-WR-TIMEZONE:America/New_York"
    content = ics("DTSTART:20260302T080000\nDTEND:20260302T160000", "DTSTART;VALUE=DATE:20260303", head=head)
    assert spans(content) == ["03-02 13:00 03-02 21:00", "03-03 05:00 03-04 05:00"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no iCalendar file"),
        (b"<html>", "is no iCalendar file"),
        (b"\xff\xfe\x00", "is no iCalendar file"),
        (ics("SUMMARY:x")[:-20], "is no iCalendar file"),
        (b"BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n", "is no iCalendar file"),
        (ics("SUMMARY:x"), "its event 1 has no DTSTART"),
        (ics("DTSTART:20260302T080000Z", "DTSTART:20260231T080000Z"), "its event 2 has a DTSTART that cannot be"),
        (ics("DTSTART;TZID=Mars/Base:20260302T080000"), "time zone that is neither known nor described"),
        (ics("DTSTART:20260302T080000Z\nDTEND:20260301T080000Z"), "ends before it starts"),
        (ics("DTSTART:20260302T080000Z\nDTEND;VALUE=DATE:20260303"), "begins at a time and ends on a day"),
        (ics("DTSTART:19690302T080000Z"), "before the year 1970"),
        (ics("DTSTART:20260302T080000Z\nDTSTART:20260302T080000Z"), "more than once"),
        (ics("DTSTART:20260302T080000Z\nRRULE:FREQ=NOW"), "has a RRULE that cannot be understood"),
        (ics("DTSTART:20260302T080000Z\nRRULE:FREQ=DAILY\nEXDATE:soon"), "has a EXDATE that cannot be understood"),
        (ics("DTSTART:20260302T080000Z\nRRULE:FREQ=SECONDLY"), "repeats within the hour"),
        (ics("DTSTART:20260302T080000Z\nRRULE:FREQ=DAILY;BYMINUTE=1,2"), "repeats within the hour"),
        (ics("DTSTART:20260302T080000Z", head="X-WR-TIMEZONE:Mars/Base"), "names a time zone that is not known"),
        (ics(*["DTSTART:20260302T080000Z"] * 5001), "more than 5000 events"),
        (ics(*["DTSTART:20260302T080000Z\nRRULE:FREQ=DAILY"] * 301), "more than 300 recurring"),
        (ics(*["DTSTART:20260302T080000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY"] * 60), "more than 10000 occurrences"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        read(content, BERLIN, START, END)
    assert "Mars" not in str(caught.value)


def test_marks_stay_from_one_reading_to_the_next() -> None:
    said = "SUMMARY:Dana\nDTSTART:20260302T080000Z\nDTEND:20260302T160000Z\nRRULE:FREQ=DAILY;COUNT=5"
    first = {each.start: each.mark for each in read(ics(said), BERLIN, START, END)}
    later = {each.start: each.mark for each in read(ics(said), BERLIN, START + timedelta(days=3), END)}
    assert len(set(first.values())) == 5
    assert later.items() < first.items()


UTC_ZONE = ZoneInfo("UTC")
PEOPLE = {
    "dana": Person("dana", "Dana Reyes", UTC_ZONE, {"mail": "dana@example.org", "room": "U123"}),
    "ann": Person("ann", "Ann", UTC_ZONE, {"mail": "Ann@Example.org"}),
    "ann-lee": Person("ann-lee", "Ann Lee", UTC_ZONE),
    "jo1": Person("jo1", "Jo Smith", UTC_ZONE),
    "jo2": Person("jo2", "Jo Smith", UTC_ZONE),
}


def event(summary: str, *addresses: str) -> Event:
    return Event(START, END, summary, addresses, "m")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (event("Ann", "DANA@example.org"), ("dana",)),  # whoever is invited goes before the title
        (event("x", "ann@example.org", "dana@example.org"), ("ann", "dana")),
        (event("Ann", "stranger@example.org"), ("ann",)),
        (event("dana"), ("dana",)),
        (event("  dana   REYES "), ("dana",)),
        (event("dana@example.org"), ("dana",)),
        (event("U123"), ("dana",)),
        (event("On call: Dana Reyes (primary)"), ("dana",)),
        (event("Ann Lee"), ("ann-lee",)),
        (event("On call: Ann Lee"), ("ann-lee",)),  # not Ann, whose name hers begins with
        (event("Dana Reyes / Ann"), ("dana", "ann")),
        (event("[L1] ann-lee"), ("ann-lee",)),
        (event("Joanna's leaving do"), ()),
        (event("Jo Smith"), ()),  # which of the two?
        (event("jo1"), ("jo1",)),
        (event("Team lunch"), ()),
        (event(""), ()),
    ],
)
def test_whose_shift_an_event_is(said: Event, expected: tuple[str, ...]) -> None:
    assert Whose(PEOPLE).people(said) == expected


def test_who_has_declined_or_is_a_room_is_not_invited() -> None:
    said = (
        "DTSTART:20260302T080000Z\nDTEND:20260302T160000Z\nATTENDEE;PARTSTAT=DECLINED:mailto:a@x.org\n"
        "ATTENDEE;CUTYPE=ROOM:mailto:room@x.org\nATTENDEE;CN=B:MAILTO:b@x.org"
    )
    (found,) = read(ics(said), BERLIN, START, END)
    assert found.addresses == ("b@x.org",)


def test_our_calendar_is_read_back_as_it_was() -> None:
    begins = datetime(2026, 3, 28, 20, tzinfo=UTC)
    name = "Dana Reyes, Größe; \\ and a name that is so long that its line has to be folded more than once: " + "ü" * 80
    shifts = [
        Shift(1, "dana", begins + n * timedelta(hours=12), begins + (n + 1) * timedelta(hours=12)) for n in (0, 1)
    ]
    told = ical_out.calendar("On call: recovery", [("recovery", name, each) for each in shifts], START)
    assert max(map(len, told.split(b"\r\n"))) <= 75
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(told)).between(START, END)
    assert [(e.start, e.end, str(e["SUMMARY"])) for e in found] == [(s.start, s.end, name) for s in shifts]
    assert [(e.start, e.end, e.summary) for e in read(told, BERLIN, START, END)] == [
        (s.start, s.end, name) for s in shifts
    ]


def test_our_calendar_has_what_rfc_5545_requires() -> None:
    shift = Shift(1, "dana", START, START + timedelta(hours=8), "rotation", "7")
    first, second = (ical_out.calendar("x", [("recovery", "Dana", shift)], at) for at in (START, END))
    one, two = (icalendar.Calendar.from_ical(each) for each in (first, second))
    assert {"PRODID", "VERSION", "METHOD"} <= set(one)
    (event,), (later,) = one.walk("VEVENT"), two.walk("VEVENT")
    assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"} <= set(event)
    assert event["UID"] == later["UID"]
    other = Shift(2, "dana", shift.start, shift.end, "rotation", "7")
    (third,) = icalendar.Calendar.from_ical(ical_out.calendar("x", [("recovery", "Dana", other)], START)).walk("VEVENT")
    assert third["UID"] != event["UID"]
    assert b"DTSTART:20260301T000000Z\r\n" in first
    assert b"dana" not in first.lower().replace(b"summary:dana", b"")
