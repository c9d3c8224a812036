from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import parse_instant
from scoring.core.window import ROLLING, Window

BERLIN, KOLKATA, CAIRO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Africa/Cairo")
NOW = datetime(2026, 3, 4, 9, 30, 12, tzinfo=UTC)  # a Wednesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def shown(window: Window) -> tuple[str, str]:
    return window.start.strftime("%m-%d %H:%M"), window.end.strftime("%m-%d %H:%M")


@pytest.mark.parametrize("end", ["9999-12-31T23:59:30Z", "9999-12-31T23:59:59.999999Z", "6000-01-01T00:00:01Z"])
def test_a_window_to_the_end_of_time_is_refused_rather_than_failing(end: str) -> None:
    for start in ("2000-01-01T00:00:00Z", "5999-12-31T09:00:00Z"):
        with pytest.raises(ValueError, match="6000"):
            Window.between(parse_instant(start), parse_instant(end))


def test_the_longest_window_has_few_spans() -> None:
    window = Window.between(datetime(2000, 1, 1, 0, 1, 30, tzinfo=UTC), datetime(6000, 1, 1, tzinfo=UTC))
    assert len(list(window.spans())) == 3
    assert window.before().end == window.start
    assert all(other.start <= other.end <= window.end for other in (*window.usual(), window.weeks_before()))


@pytest.mark.parametrize("name", ROLLING)
def test_a_rolling_window_ends_with_the_current_minute(name: str) -> None:
    window = Window.named(name, NOW)
    assert window.end == datetime(2026, 3, 4, 9, 31, tzinfo=UTC)
    assert window.length == ROLLING[name]
    assert window.before() == Window(window.start - ROLLING[name], window.start)


@pytest.mark.parametrize(
    ("name", "zone", "start", "end"),
    [
        ("today", BERLIN, "03-03 23:00", "03-04 09:31"),
        ("yesterday", BERLIN, "03-02 23:00", "03-03 23:00"),
        ("this_week", BERLIN, "03-01 23:00", "03-04 09:31"),
        ("last_week", BERLIN, "02-22 23:00", "03-01 23:00"),
        ("2026-03-02", BERLIN, "03-01 23:00", "03-02 23:00"),
        ("2026-W11", BERLIN, "03-08 23:00", "03-15 23:00"),
        ("today", KOLKATA, "03-03 18:30", "03-04 09:31"),
        ("yesterday", KOLKATA, "03-02 18:30", "03-03 18:30"),
        ("2026-W11", KOLKATA, "03-08 18:30", "03-15 18:30"),
    ],
)
def test_days_and_weeks_are_those_of_the_time_zone(name: str, zone: ZoneInfo, start: str, end: str) -> None:
    window = Window.named(name, NOW, zone)
    assert shown(window) == (start, end)
    assert window.name == name


def test_a_day_or_week_that_is_under_way_ends_now() -> None:
    assert shown(Window.named("2026-03-04", NOW, BERLIN)) == shown(Window.named("today", NOW, BERLIN))
    assert shown(Window.named("2026-W10", NOW, BERLIN)) == shown(Window.named("this_week", NOW, BERLIN))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: str, hours: int) -> None:
    assert Window.named(day, NOW, BERLIN).length == hours * HOUR


def test_the_week_of_the_change_and_the_one_before() -> None:
    window = Window.named("2026-W13", NOW, BERLIN)
    assert window.length == 7 * DAY - HOUR
    assert window.before().length == 7 * DAY
    assert window.before().end == window.start


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_go_forward() -> None:
    friday = Window.named("2026-04-24", NOW, CAIRO)
    assert shown(friday) == ("04-23 22:00", "04-24 21:00")
    assert friday.start == Window.named("2026-04-23", NOW, CAIRO).end
    assert friday.length == 23 * HOUR


def test_a_day_so_far_is_compared_with_the_day_before_until_the_same_time() -> None:
    monday = datetime(2026, 3, 30, 8, 0, tzinfo=UTC)  # 10:00 in Berlin, the day after the clocks went forward
    window = Window.named("today", monday, BERLIN)
    assert shown(window) == ("03-29 22:00", "03-30 08:01")
    assert shown(window.before()) == ("03-28 23:00", "03-29 08:01")


def test_the_same_hours_a_week_ago_are_those_the_clocks_showed() -> None:
    window = Window.rolling("1h", datetime(2026, 3, 31, 8, 0, tzinfo=UTC), BERLIN)
    assert shown(window.weeks_before()) == ("03-24 08:01", "03-24 09:01")
    assert shown(window.weeks_before(2)) == ("03-17 08:01", "03-17 09:01")
    in_utc = Window.rolling("1h", datetime(2026, 3, 31, 8, 0, tzinfo=UTC))
    assert shown(in_utc.weeks_before()) == ("03-24 07:01", "03-24 08:01")


@pytest.mark.parametrize(("name", "days"), [("1h", 7), ("7d", 7), ("30d", 35), ("2026-03-02", 7), ("2026-W10", 7)])
def test_what_is_usual_is_four_windows_that_do_not_overlap(name: str, days: int) -> None:
    window = Window.named(name, NOW, KOLKATA)
    four = window.usual()
    assert [other.start for other in four] == [window.start - times * days * DAY for times in (1, 2, 3, 4)]
    assert all(older.end <= newer.start for newer, older in pairwise([window, *four]))


def test_hours_that_did_not_exist_a_week_ago_are_an_empty_window() -> None:
    window = Window.between(datetime(2026, 4, 5, 0, 10, tzinfo=UTC), datetime(2026, 4, 5, 0, 20, tzinfo=UTC), BERLIN)
    assert window.weeks_before().length == timedelta(0)
    assert list(window.weeks_before().spans()) == []


@pytest.mark.parametrize(
    "name",
    ["2h", "", "2026-02-30", "2026-W54", "2026-W00", "1999-12-31", "9999-12-31", "6000-W01", "2026-3-2", "Today"],
)
def test_anything_else_is_no_window(name: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Window.named(name, NOW)


@given(
    st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe"]),
)
def test_days_and_weeks_follow_each_other_without_gap_or_overlap(day: date, place: str) -> None:
    zone = ZoneInfo(place)
    window = Window.day(day, zone)
    assert window.before() == Window.day(day - DAY, zone)
    assert window.before().end == window.start
    assert timedelta(hours=22) < window.length < timedelta(hours=26)
    monday = day - timedelta(days=day.weekday())
    week = Window.week(monday, zone)
    assert week.length == sum((Window.day(monday + n * DAY, zone).length for n in range(7)), timedelta(0))
    assert week.weeks_before().end == week.start


def test_the_day_before_one_that_begins_at_one_o_clock_is_whole() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    assert Window.day(date(2027, 4, 30), cairo).start.astimezone(cairo).hour == 1
    assert Window.day(date(2027, 4, 30), cairo).before() == Window.day(date(2027, 4, 29), cairo)


@given(st.integers(0, 60 * 24 * 1000), st.integers(1, 60 * 24 * 40))
def test_spans_cover_a_window_exactly_once(after: int, minutes: int) -> None:
    start = NOW + timedelta(minutes=after)
    window = Window.between(start, start + timedelta(minutes=minutes))
    spans = sorted((first, end) for _, first, end in window.spans())
    assert spans[0][0] == window.start
    assert spans[-1][1] == window.end
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert len(spans) <= 5
