"""How much, how many and how far ahead: the numbers of the edge, and what follows from them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from events.envelope import Event, Payload

SINGLE_BYTES = 64 * 1024
"""One event: its body as sent, and its data as kept. Far below Kafka's 1 MiB for a record."""
BATCH_BYTES = 1024 * 1024
BATCH_EVENTS = 500
COMPLAINTS = 100
"""How many complaints one answer lists."""

AHEAD_FLAGGED = timedelta(minutes=5)
AHEAD_REFUSED = timedelta(hours=24)


class TooLarge(Exception):
    """More than we take. ``pointers``: which items of a batch, where that is the trouble."""

    def __init__(self, message: str, pointers: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.pointers = pointers


def instants(event: Event[Payload]) -> Iterator[tuple[str, datetime]]:
    """Every moment an event names: ``time``, and ``data/<field>`` for those of its payload."""
    yield "time", event.time
    for name, value in event.data:
        if isinstance(value, datetime):
            yield f"data/{name}", value


def is_ahead(event: Event[Payload]) -> bool:
    """Whether the event names a moment over 5 minutes after we took it: such a sender's clock is not to be believed,
    and scoring places the event by ``recorded_at`` instead."""
    return any(moment - event.recorded_at > AHEAD_FLAGGED for _, moment in instants(event))


def refused_moments(event: Event[Payload]) -> list[str]:
    """Which moments lie over 24 hours after we took the event, named as by ``instants``."""
    return [name for name, moment in instants(event) if moment - event.recorded_at > AHEAD_REFUSED]
