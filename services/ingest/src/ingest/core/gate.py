"""How much may be in flight at once: requests, and bytes of their bodies. Beyond it we say so instead of swelling."""

from collections.abc import Iterator
from contextlib import contextmanager

MAX_REQUESTS = 2_000
MAX_BYTES = 64 * 1024 * 1024
STRANGERS = 4
"""Whose body must be read before they can prove who they are get one part in so many of the above, all together."""


class Full(Exception):
    """There is no room now. Nothing was stored."""


class Gate:
    def __init__(self, *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self.requests = 0
        self.bytes = 0

    @contextmanager
    def admit(self, within: "Ticket | None" = None) -> Iterator["Ticket"]:
        """Room for one request until the end of the block; what is held here is held ``within`` that too, and longer.

        Raises Full.
        """
        if self.requests >= self._max_requests:
            raise Full
        self.requests += 1
        ticket = Ticket(self, within)
        try:
            yield ticket
        finally:
            self.requests -= 1
            self.bytes -= ticket.bytes

    def has_room(self, size: int) -> bool:
        return self.bytes + size <= self._max_bytes


class Ticket:
    """What one request holds."""

    def __init__(self, gate: Gate, within: "Ticket | None" = None) -> None:
        self._gate = gate
        self._within = within
        self.bytes = 0

    def take(self, size: int) -> None:
        """Hold ``size`` more bytes. Raises Full."""
        if not self._gate.has_room(size):
            raise Full
        if self._within is not None:
            self._within.take(size)
        self._gate.bytes += size
        self.bytes += size


class Strangers:
    """Bodies that nobody vouches for yet: a signature is over the body, so it must be read first. Those who never prove
    anything can hold no more than this share of the gate, and from one address no more than a share of the share."""

    def __init__(self) -> None:
        self._all = Gate(max_requests=MAX_REQUESTS // STRANGERS, max_bytes=MAX_BYTES // STRANGERS)
        self._each: dict[str, Gate] = {}

    @contextmanager
    def admit(self, address: str, within: Ticket) -> Iterator[Ticket]:
        """Room while a body is read; what it takes is taken ``within`` that too. Raises Full."""
        most = {"max_requests": MAX_REQUESTS // STRANGERS**2, "max_bytes": MAX_BYTES // STRANGERS**2}
        own = self._each.setdefault(address, Gate(**most))
        try:
            with self._all.admit(within) as shared, own.admit(shared) as ticket:
                yield ticket
        finally:
            if not own.requests:
                self._each.pop(address, None)
