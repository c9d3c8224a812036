"""How often an address may ask."""

import pytest
from fastapi import Request

from scoring.pages.limits import Limiter, address_of


def test_a_burst_is_granted_and_then_so_many_a_second() -> None:
    limiter = Limiter(2.0, 3.0)
    assert [limiter.take("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert limiter.take("a", 0.4) == pytest.approx(0.1)
    assert limiter.take("a", 0.5) == 0.0
    assert limiter.take("b", 0.5) == 0.0


def test_looking_takes_nothing() -> None:
    limiter = Limiter(1.0, 1.0)
    assert [limiter.wait("a", 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limiter.take("a", 0.0) == 0.0
    assert limiter.wait("a", 0.0) == 1.0


def test_a_flood_of_addresses_costs_bounded_memory_and_forgets_the_quiet_first() -> None:
    limiter = Limiter(0.001, 1.0, most=100)
    for number in range(50_000):
        limiter.take(str(number), 0.0)
    assert len(limiter) == 100
    assert limiter.take("49999", 0.0) > 0
    assert limiter.take("0", 0.0) == 0.0


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unix", "unix"),
    ],
)
def test_an_address_is_a_household(host: str, address: str) -> None:
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == address
    assert address_of(Request({"type": "http", "client": None, "headers": []})) == ""
