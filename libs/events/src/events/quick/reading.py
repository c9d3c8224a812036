"""From bytes to events, many times as fast as the careful way, which is codec and strict_json with pydantic.

The quick way may only say yes: what it takes, the careful way would take too, to the same effect. None means: ask the
careful way, which says what is wrong, or takes it after all.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, MsgspecError, Struct
from msgspec.json import Decoder, Encoder

from events import codec
from events.catalog import POSTED, EventType
from events.quick import evidence
from events.quick.checks import Checks
from events.quick.patterns import Unsupported
from events.quick.shapes import of_event, of_payload
from events.strict_json import MAX_STRING_BYTES

MAX_EVENTS = 500


class QuickEvent(Struct, frozen=True, gc=False):
    """One event, read quickly.

    Attributes:
        time: None where the sender did not say.
        data: has the fields, methods and properties of the payload, and equal values in them; moments are in UTC.
        value: ``data`` as JSON: the value of the Kafka record.
    """

    id: str
    source: str
    time: datetime | None
    traceparent: str | None
    tracestate: str | None
    data: Any
    value: bytes
    entry: EventType

    @property
    def type(self) -> str:
        return self.entry.name

    def moments(self) -> Iterator[tuple[str, datetime]]:
        """Every moment it names: ``time``, and ``data/<field>`` for those of its payload."""
        if self.time is not None:
            yield "time", self.time
        for name in type(self.data).__struct_fields__:
            if isinstance(value := getattr(self.data, name), datetime):
                yield f"data/{name}", value


class Batch(NamedTuple):
    """``latest``: the latest moment that any of the events names, None where none names any."""

    events: list[QuickEvent]
    latest: datetime | None


class _Kind:
    """One type of event, and what reads it."""

    def __init__(self, entry: EventType) -> None:
        payload = of_payload(entry.payload)
        event = of_event(payload, entry.name)
        self.entry = entry
        self.event = event.twin
        self.check_payloads = Checks(payload).run
        self.check_events = Checks(event).run
        self.plain: Decoder[Any] = Decoder(payload.twin | _up_to_500(payload.twin))


def _up_to_500(item: Any) -> Any:
    return Annotated[list[item], Meta(max_length=MAX_EVENTS)]


def _kinds() -> tuple[list[_Kind], dict[str, str]]:
    kinds, careful = [], {}
    for entry in POSTED:
        try:
            kinds.append(_Kind(entry))
        except (Unsupported, TypeError) as error:  # TypeError: of msgspec, such as for two kinds of text in a union
            careful[entry.name] = str(error)
    return kinds, careful


_KINDS, CAREFUL = _kinds()
"""What can be read quickly, and why each other type that senders post cannot."""
_BY_NAME = {kind.entry.name: kind for kind in _KINDS}
_BY_TWIN: dict[type, _Kind] = {kind.event: kind for kind in _KINDS}
_ENTRIES: dict[type, EventType] = {kind.event: kind.entry for kind in _KINDS}
_EVENT: Any = reduce(or_, _BY_TWIN)
_SINGLE: Decoder[Any] = Decoder(_EVENT)
_BATCH: Decoder[Any] = Decoder(_up_to_500(_EVENT))
_RECORD_VALUES = Encoder()
_DATA = b'"data":'


class _Doubt(Exception):
    pass


_SAYS_NO = (MsgspecError, ValueError, AssertionError, RecursionError, _Doubt)
"""ValueError and AssertionError come from validators of the payloads, and from what is not UTF-8."""


def batch(raw: bytes) -> Batch | None:
    """A JSON array of CloudEvents, up to 500."""
    try:
        return _events(raw, _BATCH.decode(raw))
    except _SAYS_NO:
        return None


def structured(raw: bytes) -> Batch | None:
    """One CloudEvent as a JSON document."""
    try:
        return _events(raw, [_SINGLE.decode(raw)])
    except _SAYS_NO:
        return None


def plain(type_: str, raw: bytes, source: str) -> Batch | None:
    """One payload of that type, or an array of up to 500, without any envelope.

    Args:
        source: what the events are from; not looked at.
    """
    kind = _BY_NAME.get(type_)
    if kind is None:
        return None
    try:
        found = kind.plain.decode(raw)
        if isinstance(found, list):
            return _payloads(raw, found, kind, source)
        # How long a single one may be is for the careful way to say: this one could be 1 MiB of spaces.
        return _payloads(raw, [found], kind, source) if len(raw) <= MAX_STRING_BYTES else None
    except _SAYS_NO:
        return None


def _events(raw: bytes, said: Sequence[Any]) -> Batch:
    moments = [kind.check_events(those, [each.data for each in those]) for kind, those in _by_kind(said)]
    lines = _lines(raw, said, _RECORD_VALUES)
    events = [
        # A string holds no quotation mark that is not escaped, so this is the key "data" of the event, and the last.
        QuickEvent(
            each.id,
            each.source,
            each.time,
            each.traceparent,
            each.tracestate,
            each.data,
            line[line.index(_DATA) + 7 : -1],
            _ENTRIES[type(each)],
        )
        for each, line in zip(said, lines, strict=True)
    ]
    return Batch(events, max(filter(None, moments), default=None))


def _by_kind(said: Sequence[Any]) -> list[tuple[_Kind, Sequence[Any]]]:
    twins = set(map(type, said))
    if len(twins) == 1:
        return [(_BY_TWIN[twins.pop()], said)]
    return [(_BY_TWIN[twin], [each for each in said if type(each) is twin]) for twin in twins]


def _payloads(raw: bytes, said: Sequence[Any], kind: _Kind, source: str) -> Batch:
    latest = kind.check_payloads(said, said)
    lines = _lines(raw, said, codec.CANONICAL)
    name = kind.entry.name
    events = [
        QuickEvent(codec.identity(name, line), source, None, None, None, data, line, kind.entry)
        for data, line in zip(said, lines, strict=True)
    ]
    return Batch(events, latest)


def _lines(raw: bytes, said: Sequence[Any], encoder: Encoder) -> list[bytes]:
    """The canonical text of each, once it is sure that it says what ``raw`` says. Raises _Doubt.

    A string may have up to 8 KiB, and so has none in a line that is no longer.
    """
    canonical = encoder.encode_lines(said)
    lines = canonical.split(b"\n")[:-1]
    if not evidence.agrees(raw, canonical) or max(map(len, lines), default=0) > MAX_STRING_BYTES:
        raise _Doubt
    return lines
