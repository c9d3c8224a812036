from ingest.core.breaker import Breaker, State


def opened(at: float) -> Breaker:
    breaker = Breaker(rest=1.0)
    assert breaker.admit(at - 5)
    breaker.failed(at - 5, at)
    return breaker


def test_at_first_everyone_may_try() -> None:
    breaker = Breaker()
    assert breaker.state(0) is State.CLOSED
    assert all(breaker.admit(0) for _ in range(10))


def test_one_failure_opens_it() -> None:
    breaker = opened(at=10)
    assert breaker.state(10) is State.OPEN
    assert not breaker.admit(10.99)


def test_after_a_rest_one_may_try_and_nobody_else_while_it_does() -> None:
    breaker = opened(at=10)
    assert breaker.state(11) is State.HALF_OPEN
    assert breaker.admit(11)
    assert breaker.state(15.9) is State.OPEN
    assert not breaker.admit(15.9)


def test_a_probe_that_succeeds_closes_it() -> None:
    breaker = opened(at=10)
    assert breaker.admit(11)
    breaker.succeeded(11.01)
    assert breaker.state(11.01) is State.CLOSED


def test_a_probe_that_fails_begins_another_rest() -> None:
    breaker = opened(at=10)
    assert breaker.admit(11)
    breaker.failed(11, 16)
    assert breaker.state(16.9) is State.OPEN
    assert breaker.state(17) is State.HALF_OPEN


def test_tries_that_began_before_it_opened_may_end_while_the_probe_is_out() -> None:
    breaker = opened(at=10)
    assert breaker.admit(11)
    breaker.failed(8, 13)
    assert not breaker.admit(14.5), "the probe is still out"
    breaker.failed(11, 16)
    assert breaker.state(17) is State.HALF_OPEN


def test_a_late_failure_says_nothing_when_somebody_succeeded_meanwhile() -> None:
    breaker = Breaker()
    assert breaker.admit(1)
    assert breaker.admit(2)
    breaker.succeeded(2.01)
    breaker.failed(1, 6)
    assert breaker.state(6) is State.CLOSED


def test_it_tells_when_it_opens_and_closes_and_only_then() -> None:
    breaker = Breaker()
    assert not breaker.succeeded(1)
    assert breaker.failed(2, 7)
    assert not breaker.failed(2, 7)
    assert breaker.succeeded(9)
    assert not breaker.failed(2, 10)
