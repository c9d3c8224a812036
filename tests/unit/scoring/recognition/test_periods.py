"""Days and weeks are those of the operator's clock, and each is due once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scoring.core.recognition.periods import CAUGHT_UP, current, due

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(now: str, last: str | None, period: str = "day") -> list[date]:
    found = due(period, BERLIN, at(now), HOUR, at(last) if last else None)  # type: ignore[arg-type]
    return [span.day for span in found]


def test_a_day_begins_at_local_midnight_and_may_have_23_or_25_hours() -> None:
    assert current("day", BERLIN, at("2026-03-02T22:59")).start == at("2026-03-01T23:00")
    assert current("day", BERLIN, at("2026-03-02T23:00")).start == at("2026-03-02T23:00")
    spring, autumn = current("day", BERLIN, at("2026-03-29T12:00")), current("day", BERLIN, at("2026-10-25T12:00"))
    assert spring.end - spring.start == 23 * HOUR
    assert autumn.end - autumn.start == 25 * HOUR


def test_a_week_begins_on_monday() -> None:
    week = current("week", BERLIN, at("2026-03-08T22:30"))
    assert (week.day, week.start, week.end) == (date(2026, 3, 2), at("2026-03-01T23:00"), at("2026-03-08T23:00"))
    assert current("week", BERLIN, at("2026-03-08T23:00")).day == date(2026, 3, 9)


@pytest.mark.parametrize(("now", "day"), [("2026-03-02T23:59", 1), ("2026-03-03T00:00", 2), ("2026-03-03T12:00", 2)])
def test_a_day_is_due_an_hour_after_its_end_and_a_new_rule_awards_the_latest_alone(now: str, day: int) -> None:
    assert days(now, None) == [date(2026, 3, day)]


def test_what_has_been_awarded_is_not_due_again() -> None:
    assert days("2026-03-03T12:00", "2026-03-01T23:00") == []


def test_what_was_missed_is_made_up_for_in_order() -> None:
    assert days("2026-03-05T12:00", "2026-03-01T23:00") == [date(2026, 3, 3), date(2026, 3, 4)]
    assert days("2026-03-25T12:00", "2026-03-01T23:00", "week") == [date(2026, 3, 9), date(2026, 3, 16)]


def test_but_not_for_ever() -> None:
    assert len(days("2026-08-05T12:00", "2026-03-01T23:00")) == CAUGHT_UP.days - 1


def test_the_next_day_begins_where_this_one_ends_all_year_round() -> None:
    span = current("day", BERLIN, at("2026-01-01T12:00"))
    for _ in range(365):
        following = current("day", BERLIN, span.end)
        assert following.start == span.end
        span = following
