"""How much may be in flight at once: requests, and bytes of their bodies. Beyond it we say so instead of swelling."""

from collections.abc import Iterator
from contextlib import contextmanager

MAX_REQUESTS = 2_000
MAX_BYTES = 64 * 1024 * 1024


class Full(Exception):
    """There is no room now. Nothing was stored."""


class Gate:
    def __init__(self, *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self.requests = 0
        self.bytes = 0

    @contextmanager
    def admit(self) -> Iterator["Ticket"]:
        """Room for one request until the end of the block. Raises Full."""
        if self.requests >= self._max_requests:
            raise Full
        self.requests += 1
        ticket = Ticket(self)
        try:
            yield ticket
        finally:
            self.requests -= 1
            self.bytes -= ticket.bytes

    def has_room(self, size: int) -> bool:
        return self.bytes + size <= self._max_bytes


class Ticket:
    """What one request holds."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.bytes = 0

    def take(self, size: int) -> None:
        """Hold ``size`` more bytes. Raises Full."""
        if not self._gate.has_room(size):
            raise Full
        self._gate.bytes += size
        self.bytes += size
