"""When a tenant's CRM is left alone, and how it is found to be back."""

import pytest

from profile_sync.core.breaker import FAILURES, Breaker, State
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Done, Later, Park, Pause, Reason, Reread, Verdict

DOWN = Later(Reason.TIMEOUT)
CUSTOMERS = [Customer("default", f"cus-{number}") for number in range(FAILURES)]
ONE, OTHER = CUSTOMERS[:2]


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for customer in CUSTOMERS:
        breaker.heard(customer, DOWN, now)
    return breaker


def test_failures_in_a_row_across_customers_open_it() -> None:
    breaker = Breaker()
    for customer in CUSTOMERS[:-1]:
        assert breaker.heard(customer, DOWN, 0) is None
    assert breaker.state(0) is State.CLOSED
    assert breaker.heard(CUSTOMERS[-1], DOWN, 0) == Pause(Reason.TIMEOUT, 5)
    assert breaker.state(4.9) is State.OPEN
    assert not breaker.admits(ONE, 4.9)
    assert breaker.room(4.9) == 0


def test_one_customer_alone_never_opens_it() -> None:
    breaker = Breaker()
    assert [breaker.heard(ONE, DOWN, 0) for _ in range(100)] == [None] * 100
    assert breaker.room(0) is None


@pytest.mark.parametrize("answer", [Done(), Reread(), Park(Reason.REJECTED), Later(Reason.CONTENDED)])
def test_any_answer_that_is_one_ends_the_row(answer: Verdict) -> None:
    breaker = Breaker()
    for customer in CUSTOMERS[:-1]:
        breaker.heard(customer, DOWN, 0)
    breaker.heard(ONE, answer, 0)
    assert breaker.heard(CUSTOMERS[-1], DOWN, 0) is None
    assert breaker.state(0) is State.CLOSED


def test_after_the_rest_one_customer_goes_first() -> None:
    breaker = opened()
    assert breaker.state(5) is State.HALF_OPEN
    assert breaker.room(5) == 1
    assert breaker.admits(ONE, 5)
    assert breaker.admits(ONE, 5.1), "it reads, and then it writes"
    assert not breaker.admits(OTHER, 5.1)
    assert breaker.room(5.1) == 0


def test_a_probe_that_ended_without_an_answer_makes_room_for_another() -> None:
    breaker = opened()
    assert breaker.admits(ONE, 5)
    breaker.ended(OTHER)
    assert not breaker.admits(OTHER, 5)
    breaker.ended(ONE)
    assert breaker.admits(OTHER, 5)


def test_the_others_follow_when_the_probe_was_answered() -> None:
    breaker = opened()
    breaker.admits(ONE, 5)
    breaker.heard(ONE, Done(), 5)
    assert breaker.admits(OTHER, 5)
    assert breaker.room(5) is None


def test_each_probe_that_fails_doubles_the_rest_up_to_five_minutes() -> None:
    breaker, now, rests = opened(), 5.0, []
    for _ in range(8):
        pause = breaker.heard(ONE, DOWN, now)
        assert pause is not None
        rests.append(pause.seconds)
        now += pause.seconds
    assert rests == [10, 20, 40, 80, 160, 300, 300, 300]


def test_after_a_success_it_rests_briefly_again() -> None:
    breaker = opened()
    breaker.heard(ONE, DOWN, 5)
    breaker.heard(ONE, Done(), 15)
    for customer in CUSTOMERS[:-1]:
        breaker.heard(customer, DOWN, 15)
    assert breaker.heard(CUSTOMERS[-1], DOWN, 15) == Pause(Reason.TIMEOUT, 5)


def test_what_was_under_way_when_it_opened_says_nothing_new() -> None:
    breaker = opened()
    assert breaker.heard(ONE, DOWN, 1) is None
    breaker.heard(ONE, Done(), 1)
    assert breaker.state(1) is State.OPEN
    assert breaker.state(5) is State.HALF_OPEN


def test_quiet_that_the_crm_asks_for_ends_by_itself() -> None:
    breaker = Breaker()
    quiet = Pause(Reason.THROTTLED, 30)
    assert breaker.heard(ONE, quiet, 0) == quiet
    assert not breaker.admits(OTHER, 29.9)
    assert breaker.room(30) is None


def test_a_shorter_quiet_does_not_cut_a_longer_one_short() -> None:
    breaker = Breaker()
    breaker.heard(ONE, Pause(Reason.THROTTLED, 30), 0)
    breaker.heard(OTHER, Pause(Reason.THROTTLED, 1), 0)
    breaker.heard(OTHER, Done(), 2)
    assert not breaker.admits(OTHER, 29)


def test_a_refused_token_ends_with_a_probe() -> None:
    breaker = Breaker()
    breaker.heard(ONE, Pause(Reason.UNAUTHORIZED, 300), 0)
    assert breaker.state(299) is State.OPEN
    assert breaker.state(300) is State.HALF_OPEN
    assert breaker.room(300) == 1
