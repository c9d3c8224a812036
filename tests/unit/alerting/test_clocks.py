"""The clocks of a case, checked against somebody who watches the clocks on two walls minute by minute."""

import random
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest

from alerting.core.clocks import Clock, Clocks
from alerting.core.clocks.counting import HORIZON
from alerting.core.clocks.customers import outside, part_of_day
from events.hours.business import ALWAYS, Hours, Opening, business_seconds

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NINE_TO_FIVE = (Opening(9 * 60, 17 * 60),)
OFFICE = Hours(BERLIN, (NINE_TO_FIVE,) * 5 + ((), ()), frozenset({date(2026, 5, 1)}))
NEVER = Hours(BERLIN, ((),) * 7)
AWAKE = outside(Opening(21 * 60, 9 * 60), NEW_YORK)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-02T10:00", "2026-03-02T12:00"),  # a Monday, inside
        ("2026-03-02T06:00", "2026-03-02T11:00"),  # before opening
        ("2026-03-02T15:00", "2026-03-02T17:00"),  # up to closing: then, and not the next morning
        ("2026-03-02T15:00:01", "2026-03-03T09:00:01"),
        ("2026-03-02T16:30", "2026-03-03T10:30"),  # over a night
        ("2026-03-06T16:00", "2026-03-09T10:00"),  # over a weekend
        ("2026-03-07T12:00", "2026-03-09T11:00"),  # from a weekend
        ("2026-04-30T16:00", "2026-05-04T10:00"),  # over a holiday on Friday
        ("2026-03-27T16:00", "2026-03-30T10:00"),  # over the night the clocks go forward
    ],
)
def test_only_the_hours_of_the_team_count(start: str, due: str) -> None:
    assert Clock(2 * HOUR, (OFFICE,)).due(berlin(start)) == berlin(due)


def test_around_the_clock_is_the_wall_clock() -> None:
    start = datetime(2026, 3, 28, 23, 59, 59, 500_000, tzinfo=BERLIN)
    assert Clock(3 * HOUR, (ALWAYS, Hours(BERLIN))).due(start) == start.astimezone(UTC) + 3 * HOUR


def test_times_given_by_the_clocks_of_one_zone_are_apart_as_long_as_it_was() -> None:
    """From 01:00 to 04:00 on the day the clocks go forward are two hours."""
    mornings = Clock(2 * HOUR, (Hours(BERLIN, ((Opening(0, 12 * 60),),) * 7),))
    start, end = berlin("2026-03-29T01:00"), berlin("2026-03-29T04:00")
    assert mornings.counted(start, end) == 2 * HOUR
    assert mornings.due(start) == end.astimezone(UTC)
    assert Clock(2 * HOUR).left(start, end) == 2 * HOUR


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-03-28", 9), ("2026-10-24", 7), ("2026-06-01", 8)],  # forward, back, neither
)
def test_a_night_in_which_the_clocks_change_counts_as_long_as_it_was(evening: str, hours: int) -> None:
    """From 22:00 on, 8 hours are up at 07:00, at 05:00 or at 06:00."""
    nights = Hours(BERLIN, ((Opening(0, 12 * 60), Opening(22 * 60, 24 * 60)),) * 7)
    due = Clock(8 * HOUR, (nights,)).due(berlin(f"{evening}T20:00"))
    assert due.astimezone(BERLIN).hour == hours - 2
    assert due - berlin(f"{evening}T22:00").astimezone(UTC) == 8 * HOUR


def test_the_contact_clock_stands_still_in_the_customers_quiet_hours_and_the_claim_clock_does_not() -> None:
    """In Berlin it is 10:00, in New York 04:00: quiet until 15:00 in Berlin, and the team leaves at 17:00."""
    clocks = Clocks(HOUR, 3 * HOUR, OFFICE, AWAKE)
    start = berlin("2026-03-02T10:00")
    assert clocks.claim_due(start) == berlin("2026-03-02T11:00")
    assert clocks.contact_due(start) == berlin("2026-03-03T16:00")


def test_quiet_hours_within_a_day_leave_the_rest_of_it() -> None:
    siesta = outside(Opening(13 * 60, 15 * 60), BERLIN)
    assert Clock(2 * HOUR, (siesta,)).due(berlin("2026-03-02T12:00")) == berlin("2026-03-02T16:00")


def test_a_clock_waits_for_the_part_of_the_day_that_is_preferred_where_it_is_told_to() -> None:
    clocks = Clocks(contact=HOUR, customer=Hours(BERLIN), preferred=part_of_day("evening", BERLIN))
    assert clocks.contact_due(berlin("2026-03-02T10:00")) == berlin("2026-03-02T18:00")
    assert clocks.claim_due(berlin("2026-03-02T10:00")) == berlin("2026-03-02T10:15")


def test_hours_that_never_come_leave_nobody_waiting() -> None:
    start = berlin("2026-03-02T10:00")
    clock = Clock(2 * HOUR, (NEVER,))
    assert not clock.can_be_met(start)
    assert clock.due(start) == start + 2 * HOUR
    assert clock.resumed(clock.due(start), start + HOUR, start + 5 * HOUR) == start + 6 * HOUR
    rarely = Hours(BERLIN, ((Opening(0, 1),), *((),) * 6))
    assert Clock(2 * HOUR, (rarely,)).due(start) == start + 2 * HOUR
    assert Clock(50 * MINUTE, (rarely,)).due(start) - start > HORIZON - 30 * DAY
    nobody_at_once = Clock(MINUTE, (OFFICE, part_of_day("evening", BERLIN)))
    assert not nobody_at_once.can_be_met(start)


@pytest.mark.parametrize(
    ("now", "until", "due"),
    [
        ("2026-03-02T11:00", "2026-03-02T14:00", "2026-03-02T15:00"),  # an hour was left
        ("2026-03-02T11:59", "2026-03-02T20:00", "2026-03-03T09:01"),  # the pause ends at night
        ("2026-03-02T10:00", "2026-03-02T14:00", "2026-03-02T16:00"),  # at once
        ("2026-03-02T12:00", "2026-03-05T14:00", "2026-03-02T12:00"),  # what is overdue stays so
        ("2026-03-02T11:00", "2026-03-02T10:00", "2026-03-02T11:00"),  # an appointment brought forward
    ],
)
def test_what_is_left_goes_on_after_a_pause(now: str, until: str, due: str) -> None:
    clocks = Clocks(contact=2 * HOUR, team=OFFICE)
    assert clocks.contact_due(berlin("2026-03-02T10:00")) == berlin("2026-03-02T12:00")
    assert clocks.resumed(berlin("2026-03-02T12:00"), berlin(now), berlin(until)) == berlin(due)


def test_a_second_appointment_takes_the_place_of_the_first() -> None:
    """Half of the clock was used at the first; each goes on from the end of the pause before."""
    clocks, due = Clocks(contact=2 * HOUR, team=OFFICE), berlin("2026-03-02T12:00")
    once = clocks.resumed(due, berlin("2026-03-02T11:00"), berlin("2026-03-03T10:00"))
    twice = clocks.resumed(once, berlin("2026-03-03T10:00"), berlin("2026-03-02T13:00"))
    assert (once, twice) == (berlin("2026-03-03T11:00"), berlin("2026-03-02T14:00"))


def test_clocks_come_back_from_json_as_they_went_and_share_their_hours() -> None:
    clocks = Clocks(5 * MINUTE, 3 * HOUR, OFFICE, AWAKE, part_of_day("morning", NEW_YORK))
    first, second = Clocks.from_json(clocks.to_json()), Clocks.from_json(clocks.to_json())
    assert first == second == clocks
    assert first.team is second.team
    assert Clocks.from_json(Clocks(customer=Hours(NEW_YORK)).to_json()).customer == Hours(NEW_YORK)
    assert Clocks.from_json(Clocks().to_json()) == Clocks.from_json({}) == Clocks.from_json(None) == Clocks()


# --- somebody who watches the clocks on the wall

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Asuncion", "UTC")
WINDOWS = (datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC))
WATCHED = 25 * 24 * 60


@lru_cache(None)
def latest_shown(zone: str, window: datetime) -> list[datetime]:
    """For every minute from a day before the window on: the latest local time that the clock has shown by then.

    So an hour that comes twice is over once it has been, and one that is skipped is over at once.
    """
    place, shown, found = ZoneInfo(zone), datetime.min, []  # noqa: DTZ901
    for minute in range(WATCHED):
        local = (window - DAY + minute * MINUTE).astimezone(place).replace(tzinfo=None)
        shown = max(shown, local)
        found.append(shown)
    return found


def is_open(hours: Hours, minute: int, window: datetime) -> bool:
    if hours.week is None or hours.zone is None:
        return True
    local = latest_shown(hours.zone.key, window)[minute]
    of_day = local.hour * 60 + local.minute
    if local.date() in hours.holidays:
        return False
    return any(opening.start <= of_day < opening.end for opening in hours.week[local.weekday()])


def some_hours(chance: random.Random) -> Hours:
    def day() -> tuple[Opening, ...]:
        edges = sorted(chance.sample(range(0, 1441, 15), 2 * chance.randint(0, 2)))
        return tuple(Opening(*edges[at : at + 2]) for at in range(0, len(edges), 2))

    if chance.random() < 0.1:
        return ALWAYS
    holidays = frozenset({date(2026, 3, 30)} if chance.random() < 0.3 else ())
    return Hours(ZoneInfo(chance.choice(ZONES)), tuple(day() for _ in range(7)), holidays)


@pytest.mark.parametrize("seed", range(300))
def test_the_due_time_is_the_minute_somebody_who_watches_the_clocks_would_say(seed: int) -> None:
    chance = random.Random(seed)
    window = chance.choice(WINDOWS)
    hours = tuple(some_hours(chance) for _ in range(chance.randint(1, 3)))
    first = 24 * 60 + chance.randrange(14 * 24 * 60)
    target = chance.randint(1, 600)
    start = window - DAY + first * MINUTE
    clock, left, due = Clock(target * MINUTE, hours), target, None
    for minute in range(first, WATCHED):
        left -= all(is_open(each, minute, window) for each in hours)
        if left == 0:
            due = window - DAY + (minute + 1) * MINUTE
            break
    if due is None:
        watched_until = window - DAY + WATCHED * MINUTE
        assert clock.due(start) >= watched_until or not clock.can_be_met(start)
        return
    assert clock.due(start) == due
    assert clock.counted(start, due) == target * MINUTE
    assert clock.counted(start, due - MINUTE) < target * MINUTE
    pause = chance.randint(0, 3000) * MINUTE
    now = start + chance.randint(0, 600) * MINUTE
    if now < due and now + pause < window + 20 * DAY:
        after = clock.resumed(due, now, now + pause)
        assert clock.counted(start, now) + clock.counted(now + pause, after) == target * MINUTE


@pytest.mark.parametrize("seed", range(100))
def test_between_start_and_due_lie_as_many_business_seconds_as_the_target_has(seed: int) -> None:
    chance = random.Random(seed)
    hours = some_hours(chance)
    target = timedelta(seconds=chance.randint(1, 500_000), microseconds=chance.randrange(10**6))
    start = chance.choice(WINDOWS) + timedelta(seconds=chance.uniform(0, 20 * 86400))
    clock = Clock(target, (hours,))
    if clock.can_be_met(start):
        assert business_seconds(start, clock.due(start), hours) == target.total_seconds()
