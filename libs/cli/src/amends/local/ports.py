"""Free ports that stay ours while a server is down between a kill and the next start."""

import secrets
import socket
from pathlib import Path

from amends.local.errors import PartFailed

HOST = "127.0.0.1"
LOWEST, EPHEMERAL = 20_000, 32_768
ATTEMPTS = 200

_given: set[int] = set()  # a port is not taken until its server listens, and ours are chosen together


def free_port() -> int:
    """A port nobody listens on, below the range the kernel takes outgoing connections' ports from.

    From inside that range a client that reconnects to a stopped server can be given the server's own port, and even
    connect to itself; the server could then not come back.
    """
    for _ in range(ATTEMPTS):
        port = LOWEST + secrets.randbelow(max(first_ephemeral() - LOWEST, 1_000))
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port
    raise PartFailed(f"no free port between {LOWEST} and {EPHEMERAL} on {HOST}")


def first_ephemeral() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return EPHEMERAL
