"""Whoever guesses waits, longer each time, and never for good."""

import pytest

from alerting.core.attempts import FORGOTTEN_AFTER_SECONDS, Kind, Subject, subjects_of_login, wait
from alerting.core.networks import network_of


def test_the_first_failures_are_free_and_then_the_wait_doubles_up_to_the_longest() -> None:
    waits = [wait(Kind.LOGIN_HERE, failures, 0) for failures in range(4, 14)]
    assert waits == [0, 10, 20, 40, 80, 160, 320, 640, 900, 900]


@pytest.mark.parametrize("kind", Kind)
def test_nobody_waits_for_ever_and_after_a_day_nothing_is_remembered(kind: Kind) -> None:
    longest = kind.value[2]
    assert wait(kind, 10**6, 0) == longest <= 3600
    assert wait(kind, 10**6, longest) == 0
    assert wait(kind, 10**6, FORGOTTEN_AFTER_SECONDS) == 0


def test_time_that_has_passed_counts() -> None:
    assert wait(Kind.LOGIN_HERE, 6, 15) == 5
    assert wait(Kind.LOGIN_HERE, 6, 25) == 0
    assert wait(Kind.LOGIN_HERE, 6, -1) == 21, "the one before was counted while this one waited for the lock"


def test_in_a_day_one_login_is_guessed_at_so_few_times_that_no_decent_password_falls() -> None:
    """From a thousand networks at once: what is charged to the login alone bounds them all."""
    tries, now, failures = 0, 0.0, 0
    while now < 24 * 3600:
        now += wait(Kind.LOGIN, failures, 0)
        tries, failures = tries + 1, failures + 1
    assert tries < 100  # NIST SP 800-63B: no more than 100 failed attempts in a row


def test_a_login_from_a_network_it_knows_is_not_slowed_down_by_strangers() -> None:
    kinds = [each.kind for each in subjects_of_login("default", "dana", "192.0.2.0/24", known=True)]
    assert Kind.LOGIN not in kinds
    assert Kind.LOGIN_HERE in kinds
    strangers = [each.kind for each in subjects_of_login("default", "dana", "192.0.2.0/24", known=False)]
    assert Kind.LOGIN in strangers


def test_what_tries_are_charged_to_is_told_apart_and_names_nobody() -> None:
    subjects = [
        Subject.of(Kind.LOGIN, "a", "dana"),
        Subject.of(Kind.LOGIN, "b", "dana"),
        Subject.of(Kind.LOGIN, "a", "dan", "a"),
        Subject.of(Kind.NETWORK, "a", "dana"),
        Subject.of(Kind.NETWORK, "a", None),
    ]
    assert len({each.digest for each in subjects}) == len(subjects)
    assert not any(b"dana" in each.digest for each in subjects)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", None),
        ("", None),
    ],
)
def test_an_address_is_kept_as_its_network_alone(address: str, network: str | None) -> None:
    assert network_of(address) == network
