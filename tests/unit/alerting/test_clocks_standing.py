"""How a clock stands, and what is predicted of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from alerting.core.clocks import Clock, Clocks, Count, Pace, Queue, Standing, Waiting, best_moment, standing
from alerting.core.clocks.customers import outside
from events.hours.business import Hours, Opening

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OFFICE = Hours(BERLIN, ((Opening(9 * 60, 17 * 60),),) * 5 + ((), ()))
CLOCK = Clock(2 * HOUR, (OFFICE,))


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=BERLIN).astimezone(UTC)


MONDAY_AT_11 = berlin("02T11:00")


def test_a_clock_runs_in_its_hours() -> None:
    found = standing(CLOCK, MONDAY_AT_11, berlin("02T10:30"))
    assert found == Standing("running", MONDAY_AT_11, 1800, 1800, 0.75)


def test_a_clock_is_paused_while_its_hours_are_not_and_says_until_when() -> None:
    due = berlin("03T10:00")
    found = standing(CLOCK, due, berlin("02T20:00"))
    assert found == Standing("paused", due, 3600, 14 * 3600, 0.5, berlin("03T09:00"))


def test_an_appointment_pauses_a_clock_within_its_hours() -> None:
    due = berlin("02T16:00")
    found = standing(CLOCK, due, berlin("02T11:00"), paused_until=berlin("02T15:00"))
    assert found == Standing("paused", due, 3600, 5 * 3600, 0.5, berlin("02T15:00"))
    assert standing(CLOCK, due, berlin("02T15:30"), paused_until=berlin("02T15:00")).stand == "running"


def test_an_appointment_out_of_hours_pauses_a_clock_until_they_begin() -> None:
    found = standing(CLOCK, berlin("03T10:00"), berlin("02T11:00"), paused_until=berlin("02T21:00"))
    assert (found.runs_again_at, found.seconds_left) == (berlin("03T09:00"), 3600)


@pytest.mark.parametrize(("done", "stand"), [("02T10:59", "met"), ("02T11:00", "met"), ("02T11:01", "breached")])
def test_what_is_done_by_the_due_time_is_met_and_stays_so(done: str, stand: str) -> None:
    found = standing(CLOCK, MONDAY_AT_11, berlin("05T11:00"), done_at=berlin(done), work_ahead=0)
    assert found.stand == stand
    assert found.breach_predicted is None


def test_what_is_overdue_is_breached_and_goes_on_to_be_counted() -> None:
    found = standing(CLOCK, MONDAY_AT_11, berlin("02T12:00"), work_ahead=0)
    assert found == Standing("breached", MONDAY_AT_11, -3600, -3600, 1.5)
    overnight = standing(CLOCK, MONDAY_AT_11, berlin("02T23:00"))
    assert (overnight.stand, overnight.seconds_left, overnight.share_used) == ("breached", -6 * 3600, 4)
    assert standing(CLOCK, MONDAY_AT_11, MONDAY_AT_11).stand == "breached"


def test_hours_that_never_come_count_every_second() -> None:
    never = Clock(2 * HOUR, (Hours(BERLIN, ((),) * 7),))
    assert standing(never, MONDAY_AT_11, berlin("02T10:00")) == Standing("running", MONDAY_AT_11, 3600, 3600, 0.5)


@pytest.mark.parametrize(("ahead", "predicted"), [(None, None), (3600, False), (3601, True)])
def test_a_breach_is_predicted_where_more_work_is_ahead_than_counted_time_is_left(
    ahead: float | None, predicted: bool | None
) -> None:
    """An hour is left, however long the night is."""
    assert standing(CLOCK, berlin("03T10:00"), berlin("02T20:00"), work_ahead=ahead).breach_predicted is predicted


def test_cases_are_shared_out_among_who_is_at_work() -> None:
    pace = Pace(600, 5, 2)
    assert [pace.until_claim(position) for position in (1, 2, 5)] == [0, 300, 1200]
    assert [pace.until_contact(position) for position in (1, 2, 5)] == [300, 600, 1500]


@pytest.mark.parametrize("pace", [Pace(), Pace(600, 4, 2), Pace(600, 5, 0), Pace(None, 0, 3)])
def test_nothing_is_predicted_from_too_little(pace: Pace) -> None:
    assert pace.until_claim(3) is None
    assert pace.until_contact(3) is None


def waiting(position: int, *, due: str, claim_due: str = "02T10:10", **case: datetime) -> Waiting:
    clocks = Clocks(15 * MINUTE, 2 * HOUR, OFFICE)
    return Waiting(uuid4(), position, clocks, berlin(claim_due), berlin(due), **case)


def test_a_queue_is_counted_by_clock() -> None:
    """It is 10:00, and there is one person, who needs ten minutes for a case."""
    early = berlin("02T09:50")
    queue = Queue(
        berlin("02T10:00"),
        Pace(600, 5, 1),
        (
            waiting(1, due="02T09:30", claimed_at=early, claim_due="02T09:00"),  # claimed late: no longer a claim
            waiting(2, due="02T09:50", claim_due="02T09:30"),  # both overdue
            waiting(3, due="02T10:31"),  # contacted after 30 minutes, claimed after 20 of the 10 there are
            waiting(4, due="02T10:39", claimed_at=early),  # contacted after 40 of 39
            waiting(5, due="02T11:00", claim_due="02T10:40"),
        ),
    )
    assert queue.counts() == {"claim": Count(1, 1), "contact": Count(2, 1)}
    by_id: dict[UUID, str] = {id_: both.contact.stand for id_, both in queue.standings().items()}
    assert list(by_id.values()) == ["breached", "breached", "running", "running", "running"]
    third = queue.waiting[2]
    assert queue.standings({third.id}) == {third.id: queue.standing(third)}


def test_the_contact_clock_of_a_queue_stands_still_for_an_appointment_and_the_claim_clock_does_not() -> None:
    case = waiting(1, due="02T15:30", contact_paused_until=berlin("02T15:00"))
    both = Queue(berlin("02T10:00"), Pace(), (case,)).standing(case)
    assert (both.claim.stand, both.contact.stand, both.contact.seconds_left) == ("running", "paused", 1800)


# --- the best moment

AWAKE = outside(Opening(21 * 60, 9 * 60), NEW_YORK)


def test_the_next_good_moment_is_when_the_customer_may_be_disturbed_and_the_team_is_there() -> None:
    """Berlin is six hours ahead. In New York it is 20:00 on Sunday; from 21:00 on it is quiet."""
    clocks = Clocks(team=OFFICE, customer=AWAKE)
    found = best_moment(clocks, None, berlin("02T02:00"))
    assert (found.quiet_until, found.good_at, found.preferred_at) == (None, berlin("02T15:00"), None)
    found = best_moment(clocks, None, berlin("02T10:00"))
    assert (found.quiet_until, found.good_at, found.is_good) == (berlin("02T15:00"), berlin("02T15:00"), False)
    found = best_moment(clocks, None, berlin("02T16:00"))
    assert (found.quiet_until, found.good_at, found.is_good) == (None, berlin("02T16:00"), True)


def test_a_preferred_time_is_looked_for_within_both() -> None:
    clocks = Clocks(team=Hours(BERLIN), customer=AWAKE)
    found = best_moment(clocks, "evening", berlin("02T16:00"))
    assert (found.preferred_at, found.is_good) == (berlin("02T23:00"), False)
    assert best_moment(clocks, "morning", berlin("02T16:00")).is_good
    assert best_moment(Clocks(team=OFFICE, customer=AWAKE), "evening", berlin("02T16:00")).preferred_at is None


def test_without_the_zone_of_the_customer_only_the_team_is_known() -> None:
    found = best_moment(Clocks(team=OFFICE), "evening", berlin("02T20:00"))
    assert (found.zone, found.quiet_until, found.good_at, found.preferred_at) == (None, None, berlin("03T09:00"), None)
    assert found.local(found.now) is None
