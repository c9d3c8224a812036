"""Wrong passphrases are slowed down, per address."""

from alerting.core.attempts import FailedAttempts


def test_ten_failures_in_a_minute_close_the_door_to_that_address_until_the_first_is_a_minute_old() -> None:
    attempts = FailedAttempts()
    for second in range(10):
        assert attempts.wait("a", second) == 0
        attempts.failed("a", second)
    assert attempts.wait("a", 10) == 50
    assert attempts.wait("b", 10) == 0
    assert attempts.wait("a", 60) == 0


def test_only_so_many_addresses_are_remembered() -> None:
    attempts = FailedAttempts()
    for number in range(FailedAttempts.MAX_ADDRESSES + 5):
        attempts.failed(str(number), 0)
    assert len(attempts._failures) == FailedAttempts.MAX_ADDRESSES
