"""From events to the records Kafka keeps, and what there is to count about them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from events import codec
from events.runtime.stream import Outgoing
from ingest.core.limits import COMPLAINTS, SINGLE_BYTES, TooLarge, is_ahead
from ingest.core.reading import Placed


@dataclass(frozen=True, slots=True)
class Understood:
    """What a request holds, ready to be kept. Order is that of the body.

    Attributes:
        identities: (tenant, source, id) of each event.
        types, sources: how many events of each.
        ahead: how many name a moment over 5 minutes ahead of our clock.
    """

    records: Sequence[Outgoing]
    identities: Sequence[tuple[str, str, str]]
    types: Mapping[str, int]
    sources: Mapping[str, int]
    ahead: int

    @property
    def ids(self) -> list[str]:
        return [identity[2] for identity in self.identities]


def of(placed: Sequence[Placed]) -> Understood:
    """Raises TooLarge where the data of an event has over 64 KiB, as kept."""
    records, large = [], []
    for at, event in placed:
        headers, value = codec.encode(event)
        if len(value) > SINGLE_BYTES:
            large.append(at)
        records.append(Outgoing(codec.topic_of(event).name, codec.key(event), value, headers))
    if large:
        raise TooLarge(f"has an event with over {SINGLE_BYTES} bytes of data", tuple(large[:COMPLAINTS]))
    events = [event for _, event in placed]
    return Understood(
        records,
        [event.identity for event in events],
        Counter(event.type for event in events),
        Counter(event.source for event in events),
        sum(is_ahead(event) for event in events),
    )
