"""What the consume loop is given: what to do with events, where to remember it, how to read a record."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from events.codec import Headers
from events.envelope import Event
from events.runtime.stream import Partition

Tx_co = TypeVar("Tx_co", covariant=True)
Tx_contra = TypeVar("Tx_contra", contravariant=True)

Decode = Callable[[Headers, bytes | None], Event[Any]]
"""A record's event. Raises Invalid: such a record is a dead letter."""


class Handler(Protocol[Tx_contra]):
    """Apply events inside the transaction. No other I/O: slow work goes to a queue table."""

    def __call__(self, tx: Tx_contra, events: Sequence[Event[Any]], /) -> Awaitable[None]: ...


class Ledger(Protocol[Tx_co]):
    """Where offsets, the inbox and the effects live together."""

    async def position(self, partition: Partition) -> int:
        """The next offset to apply; 0 for a partition never seen. Raises Unavailable."""
        ...

    async def apply(
        self, partition: Partition, start: int, end: int, events: Sequence[Event[Any]], handler: Handler[Tx_co]
    ) -> int:
        """Move the offset from ``start`` to ``end`` and hand the events not seen before to ``handler``, atomically.

        Returns how many events were new.

        Raises:
            Fenced: the stored offset is not ``start``; nothing was done.
            Unavailable: nothing was done, or the outcome is unknown; ``position`` tells.
            Exception: anything else the handler or the data provoked; nothing was done.
        """
        ...
