"""From the bytes of a body to records, in each of the shapes we take.

The quick decoder may only say yes; where it does not, the careful one says what is wrong, or takes it after all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from events import quick
from events.runtime.stream import Outgoing
from ingest.core import reading, records
from ingest.core.limits import AHEAD_FLAGGED, AHEAD_REFUSED
from ingest.core.reading import Arrival
from ingest.core.records import Understood


def structured(raw: bytes, arrival: Arrival) -> Understood:
    """One CloudEvent as a JSON document. Raises Invalid, TooLarge."""
    return _quickly(quick.structured(raw), arrival) or records.of(reading.structured(raw, arrival))


def batch(raw: bytes, arrival: Arrival) -> Understood:
    """A JSON array of CloudEvents. Raises Invalid, TooLarge."""
    return _quickly(quick.batch(raw), arrival) or records.of(reading.batch(raw, arrival))


def binary(raw: bytes, arrival: Arrival, *, headers: Iterable[tuple[str, str]]) -> Understood:
    """One CloudEvent with its attributes in ``ce-`` headers. Raises Invalid, TooLarge."""
    return records.of(reading.binary(raw, arrival, headers=headers))


def plain(raw: bytes, arrival: Arrival, *, type_: str, source: str) -> Understood:
    """Payloads of one type without envelope. Raises Invalid, TooLarge."""
    found = _quickly(quick.plain(type_, raw, source), arrival)
    return found or records.of(reading.plain(raw, arrival, type_=type_, source=source))


def _quickly(read: quick.Batch | None, arrival: Arrival) -> Understood | None:
    if read is None or _after(read.latest, arrival) > AHEAD_REFUSED.total_seconds():
        return None
    stamp = quick.Stamp(
        arrival.tenant,
        arrival.recorded_at,
        request_id=arrival.request_id,
        traceparent=arrival.traceparent,
        tracestate=arrival.tracestate,
    )
    events = read.events
    return Understood(
        [Outgoing(event.entry.topic.name, stamp.key(event), event.value, stamp.headers(event)) for event in events],
        [(arrival.tenant, event.source, event.id) for event in events],
        _tally([event.entry.name for event in events]),
        _tally([event.source for event in events]),
        _ahead(read, arrival),
    )


def _tally(names: Sequence[str]) -> Mapping[str, int]:
    return Counter(names) if len(names) > 1 else {names[0]: 1} if names else {}


def _ahead(read: quick.Batch, arrival: Arrival) -> int:
    if _after(read.latest, arrival) <= AHEAD_FLAGGED.total_seconds():
        return 0
    return sum(
        any(_after(moment, arrival) > AHEAD_FLAGGED.total_seconds() for _, moment in event.moments())
        for event in read.events
    )


def _after(moment: datetime | None, arrival: Arrival) -> float:
    """Seconds from our taking it to ``moment``."""
    return (moment - arrival.recorded_at).total_seconds() if moment else float("-inf")
