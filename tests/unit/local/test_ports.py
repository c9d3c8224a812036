"""Ports that stay free for a server that is down for a moment."""

from amends.local.ports import first_ephemeral, free_port


def test_ports_are_below_those_of_outgoing_connections() -> None:
    assert all(20_000 <= free_port() < max(first_ephemeral(), 21_000) for _ in range(50))


def test_no_port_is_given_twice() -> None:
    ports = [free_port() for _ in range(300)]
    assert len(set(ports)) == len(ports)
