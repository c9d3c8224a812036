"""How fast a walk over all customers goes, and how far it is said to be."""

from datetime import UTC, datetime, timedelta

import pytest

from profile_sync.core.sweeps import MOST_FAILING, MOST_WAITING, Waiting, allowance, seconds_left

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOBODY = Waiting(0, 0)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_as_many_as_the_rate_has_earned_since() -> None:
    assert allowance(10, ago(0.35), NOW, NOBODY) == (3, ago(0.05))


def test_what_is_left_of_the_time_counts_for_the_next_step() -> None:
    used, taken = ago(10), 0
    for step in range(1, 41):
        count, used = allowance(7, max(used, ago(10)), ago(10) + timedelta(seconds=step * 0.25), NOBODY)
        taken += count
    assert taken == 70


def test_what_was_not_used_for_long_is_not_made_up_for() -> None:
    assert allowance(10, ago(3600), NOW, NOBODY) == (5, NOW)


def test_a_rate_below_one_a_second_takes_one_when_its_time_has_come() -> None:
    assert allowance(0.1, ago(9.9), NOW, NOBODY)[0] == 0
    assert allowance(0.1, ago(3600), NOW, NOBODY) == (1, NOW)


def test_a_clock_that_another_replica_has_seen_further_allows_nothing() -> None:
    assert allowance(10, NOW + timedelta(seconds=1), NOW, NOBODY)[0] == 0


@pytest.mark.parametrize(("waiting", "may"), [(0, 16), (10, 6), (16, 0), (30, 0)])
def test_no_more_are_in_the_outbox_than_live_notes_may_wait_behind(waiting: int, may: int) -> None:
    assert MOST_WAITING == 16
    assert allowance(50, ago(1), NOW, Waiting(waiting, 0))[0] == may


def test_a_crm_that_refuses_many_is_left_alone() -> None:
    assert allowance(10, ago(1), NOW, Waiting(0, MOST_FAILING - 1))[0] == 5
    assert allowance(10, ago(1), NOW, Waiting(0, MOST_FAILING))[0] == 0


@pytest.mark.parametrize(
    ("total", "checked", "elapsed", "left"),
    [(None, 0, 5, None), (100, 0, 5, 10.0), (100, 20, 10, 40.0), (100, 90, 1, 1.0), (100, 120, 60, 0.0)],
    ids=["not counted", "at its rate", "at its pace", "never faster than its rate", "newcomers"],
)
def test_the_time_left_is_told_by_the_pace_so_far(
    total: int | None, checked: int, elapsed: float, left: float | None
) -> None:
    assert seconds_left(total, checked, 10, timedelta(seconds=elapsed)) == left
