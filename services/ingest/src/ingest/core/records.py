"""From events to the records Kafka keeps."""

from collections.abc import Sequence

from events import codec
from events.runtime.stream import Outgoing
from ingest.core.limits import COMPLAINTS, SINGLE_BYTES, TooLarge
from ingest.core.reading import Placed


def of(placed: Sequence[Placed]) -> list[Outgoing]:
    """One record per event, in order. Raises TooLarge where the data of one has over 64 KiB, as kept."""
    records, large = [], []
    for at, event in placed:
        headers, value = codec.encode(event)
        if len(value) > SINGLE_BYTES:
            large.append(at)
        records.append(Outgoing(codec.topic_of(event).name, codec.key(event), value, headers))
    if large:
        raise TooLarge(f"has an event with over {SINGLE_BYTES} bytes of data", tuple(large[:COMPLAINTS]))
    return records
