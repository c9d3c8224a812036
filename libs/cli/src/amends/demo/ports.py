"""The port a demo's server takes: its usual one, or the next that is free."""

import socket
from collections.abc import Callable, Collection

from amends.errors import CommandError
from amends.local.ports import HOST

TRIES = 100


def choose(name: str, usual: int, taken: Collection[int], announce: Callable[[str], None]) -> int:
    """Raises CommandError when a hundred ports in a row are in use."""
    for port in range(usual, usual + TRIES):
        if port not in taken and _free(port):
            if port != usual:
                announce(f"port {usual} is in use: {name} takes {port}")
            return port
    raise CommandError(f"{name}: no port between {usual} and {usual + TRIES - 1} is free")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: a closing connection is no use
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
