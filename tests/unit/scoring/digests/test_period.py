"""Which days a digest is about, and when it is due."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.core.digest.period import Period, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia")]
SCHEDULES = st.builds(
    Schedule,
    every=st.sampled_from(["day", "week", "month"]),
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    weekday=st.integers(0, 6),
)
MOMENTS = st.integers(15_400 * 86_400, 22_000 * 86_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def test_a_weekly_digest_is_due_on_its_hour_and_is_about_the_seven_days_before() -> None:
    weekly = Schedule("week", BERLIN, hour=7)
    summer_time = datetime(2026, 3, 30, 5, 0, tzinfo=UTC)  # the clocks went forward the day before
    found = weekly.due(summer_time)
    assert (found.first, found.last) == (date(2026, 3, 23), date(2026, 3, 29))
    assert (found.start, found.end) == (
        datetime(2026, 3, 22, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )
    assert weekly.due(summer_time - timedelta(seconds=1)).last == date(2026, 3, 22)


def test_one_sent_on_fridays_is_about_friday_to_thursday() -> None:
    found = Schedule("week", BERLIN, weekday=4).due(datetime(2026, 3, 7, 12, tzinfo=UTC))
    assert (found.first, found.last) == (date(2026, 2, 27), date(2026, 3, 5))


def test_a_monthly_one_is_about_the_calendar_month() -> None:
    found = Schedule("month", BERLIN).due(datetime(2026, 3, 31, 23, tzinfo=UTC))  # 1 April in Berlin, but not yet 7
    assert (found.first, found.last) == (date(2026, 2, 1), date(2026, 2, 28))
    assert found.compared() == Period("month", date(2026, 1, 1), date(2026, 2, 1), BERLIN)


def test_a_day_is_compared_with_the_same_weekday() -> None:
    found = Schedule("day", BERLIN).due(datetime(2026, 3, 3, 12, tzinfo=UTC))
    assert (found.first, found.compared().first) == (date(2026, 3, 2), date(2026, 2, 23))


@settings(deadline=None)
@given(SCHEDULES, MOMENTS)
def test_the_newest_period_is_over_and_its_hour_has_come(schedule: Schedule, now: datetime) -> None:
    found = schedule.due(now)
    assert found.start < found.end <= now
    sent_at = datetime.combine(found.end_day, time(schedule.hour), schedule.zone)
    assert now >= sent_at.astimezone(UTC) - timedelta(hours=1)  # an hour, where the clocks are changed just then


@settings(max_examples=50, deadline=None)
@given(SCHEDULES, MOMENTS)
def test_no_day_is_left_out_or_told_of_twice(schedule: Schedule, start: datetime) -> None:
    days = {"day": 4, "week": 22, "month": 100}[schedule.every]
    told = list(dict.fromkeys(schedule.due(start + timedelta(hours=hour)) for hour in range(24 * days)))
    assert len(told) > 2
    assert all(later.first == earlier.end_day for earlier, later in pairwise(told))


def test_an_hour_the_clocks_leave_out_does_not_leave_out_the_digest() -> None:
    daily = Schedule("day", BERLIN, hour=2)
    changed = datetime(2026, 3, 29, 1, tzinfo=UTC)  # 2 o'clock becomes 3
    assert daily.due(changed).first == date(2026, 3, 28)
    assert daily.due(changed - timedelta(seconds=1)).first == date(2026, 3, 27)
