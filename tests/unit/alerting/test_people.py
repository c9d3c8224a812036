"""People's quiet hours, by their own clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.core.people import Person, Quiet

MINUTE = timedelta(minutes=1)


def person(start: str, end: str, zone: str = "Europe/Berlin") -> Person:
    quiet = Quiet(time.fromisoformat(start), time.fromisoformat(end))
    return Person("dana", "Dana Reyes", ZoneInfo(zone), quiet=quiet)


def at(said: str) -> datetime:
    return datetime.fromisoformat(said)


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        ("22:00", "07:00", "2026-01-10T21:00Z", "2026-01-11T06:00Z"),  # it has just become 22:00 in Berlin
        ("22:00", "07:00", "2026-01-10T20:59Z", None),
        ("22:00", "07:00", "2026-01-11T05:59Z", "2026-01-11T06:00Z"),
        ("22:00", "07:00", "2026-01-11T06:00Z", None),
        ("12:00", "13:00", "2026-07-10T10:30Z", "2026-07-10T11:00Z"),
        ("12:00", "13:00", "2026-07-10T11:00Z", None),
        ("22:00", "07:00", "2026-03-28T23:00Z", "2026-03-29T05:00Z"),  # the night is an hour shorter
        ("22:00", "07:00", "2026-10-24T22:00Z", "2026-10-25T06:00Z"),  # and an hour longer
        ("22:00", "02:30", "2026-03-28T23:00Z", "2026-03-29T01:00Z"),  # 02:30 is skipped: until the clocks jump
        ("22:00", "02:30", "2026-10-25T00:29Z", "2026-10-25T00:30Z"),  # 02:30 comes twice: until the first
        ("22:00", "02:30", "2026-10-25T00:30Z", None),
        ("00:00", "08:00", "2026-01-10T23:00Z", "2026-01-11T07:00Z"),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall(start: str, end: str, now: str, until: str | None) -> None:
    assert person(start, end).quiet_until(at(now)) == (at(until) if until else None)


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert Person("dana", "Dana", ZoneInfo("UTC")).quiet_until(datetime(2026, 1, 1, 3, tzinfo=UTC)) is None


@given(
    st.times().map(lambda each: each.replace(second=0, microsecond=0, fold=0)),
    st.times().map(lambda each: each.replace(second=0, microsecond=0, fold=0)),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001
    st.sampled_from(["Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "America/St_Johns"]),
)
def test_it_is_quiet_until_the_end_and_not_a_minute_longer(start: time, end: time, now: datetime, zone: str) -> None:
    someone = Person("x", "X", ZoneInfo(zone), quiet=Quiet(start, end))
    moment = now.replace(second=0, microsecond=0, tzinfo=UTC)
    until = someone.quiet_until(moment)
    shown = moment.astimezone(ZoneInfo(zone)).time()
    inside = start <= shown < end if start < end else shown >= start or shown < end
    # within hours of a change of the clocks the wall shows some times twice; elsewhere it is as the wall shows
    offsets = {(moment + hours * timedelta(hours=1)).astimezone(ZoneInfo(zone)).utcoffset() for hours in range(-30, 31)}
    if len(offsets) == 1:
        assert (until is not None) == inside
    if until is not None:
        assert moment < until
        assert someone.quiet_until(until - MINUTE) == until
        assert someone.quiet_until(until) in (None, until + timedelta(days=1)) or start == end
