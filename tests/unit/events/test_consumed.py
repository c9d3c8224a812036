"""Consumers that read quickly see what ``codec.decode`` would have shown them, and refuse what it refuses."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import codec, quick
from events.catalog import EVENT_TYPES, POSTED, EventType
from events.codec import Headers
from events.envelope import Event
from events.problems import Invalid
from events.quick import consumed
from support.event_bodies import bend_bytes, bodies, events, payloads
from support.exactly import exactly

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ATTRIBUTES = ("id", "source", "tenant", "time", "recorded_at", "type", "identity", "traceparent", "tracestate")
OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
TYPES = pytest.mark.parametrize("entry", EVENT_TYPES, ids=lambda entry: entry.name)


def shown(decode: Callable[[Headers, bytes | None], Event[Any]], headers: Headers, value: bytes | None) -> Any:
    """All that a consumer can see of an event, or what is wrong with the record."""
    try:
        event = decode(headers, value)
    except Invalid as error:
        return error.problems
    properties = {name for kind in type(event.data).__mro__ for name in vars(kind) if name in PROPERTIES}
    derived = {name: exactly(getattr(event.data, name)) for name in properties}
    said = {name: exactly(getattr(event, name)) for name in (*ATTRIBUTES, "request_id")}
    return said, exactly(event.data), derived, event.data.partition_key(), codec.key(event), event.data.TYPE


PROPERTIES = {name for entry in EVENT_TYPES for name, of in vars(entry.payload).items() if isinstance(of, property)} | {
    "version"
}


def assert_same(headers: Headers, value: bytes | None) -> None:
    assert shown(consumed.decode, headers, value) == shown(codec.decode, headers, value)


@st.composite
def records(draw: st.DrawFn, *, odd: bool = True) -> tuple[Headers, bytes]:
    """A record as ingest writes it, the quick or the careful way, or as one of our services does."""
    document = draw(events(odd=odd))
    if draw(st.booleans()) and (found := quick.structured(json.dumps(document).encode())) is not None:
        stamp = quick.Stamp("acme", NOW, request_id="r-1", traceparent=PARENT, tracestate="a=1")
        return stamp.headers(found.events[0]), found.events[0].value
    ours = {name: document.pop(name, None) for name in ("tenant", "recordedtime", "requestid")}
    try:
        event = codec.structured(document, tenant="acme", recorded_at=NOW)
    except Invalid:
        said = {name: value for name, value in (document | ours).items() if isinstance(value, str)}
        return tuple((f"ce_{name}", value.encode()) for name, value in said.items()), json.dumps(document).encode()
    return codec.encode(event)


@OFTEN
@given(records())
def test_a_record_is_the_same_event(record: tuple[Headers, bytes]) -> None:
    assert_same(*record)


@OFTEN
@given(records(odd=False), st.integers(0, 2**32), st.booleans())
def test_a_record_whose_bytes_were_bent_is_the_same_event_or_the_same_refusal(
    record: tuple[Headers, bytes], seed: int, in_a_header: bool
) -> None:
    headers, value = record
    rng = random.Random(seed)
    if in_a_header and headers:
        at = rng.randrange(len(headers))
        raw = bytearray(headers[at][1])
        bend_bytes(raw, rng)
        headers = (*headers[:at], (headers[at][0], bytes(raw)), *headers[at + 1 :])
    else:
        raw = bytearray(value)
        bend_bytes(raw, rng)
        value = bytes(raw)
    assert_same(headers, value)


@TYPES
@OFTEN
@given(st.data())
def test_json_written_in_any_way_is_the_same_event_or_the_same_refusal(entry: EventType, data: st.DataObject) -> None:
    assert_same(headers_of(entry), data.draw(bodies(payloads(entry))))


def headers_of(entry: EventType, **changed: bytes | None) -> Headers:
    said = {
        "ce_specversion": b"1.0",
        "ce_id": b"e-1",
        "ce_source": b"/crm/acme",
        "ce_type": entry.name.encode(),
        "ce_time": b"2026-03-02T09:30:00+00:00",
        "ce_tenant": b"acme",
        "ce_recordedtime": b"2026-03-02T09:31:00.250000+00:00",
    }
    changed = {f"ce_{name}": value for name, value in changed.items()}
    return tuple((said | changed).items())  # type: ignore[arg-type]  # None: Kafka knows headers without value


def example(entry: EventType) -> bytes:
    data: Any = entry.payload.model_config["json_schema_extra"]
    return codec.encode(
        codec.structured(
            {"specversion": "1.0", "id": "e", "source": "s", "type": entry.name, "data": data["example"]},
            tenant="acme",
            recorded_at=NOW,
        )
    )[1]


@pytest.mark.parametrize("entry", POSTED, ids=lambda entry: entry.name)
def test_an_ordinary_record_needs_no_careful_reading(entry: EventType, monkeypatch: pytest.MonkeyPatch) -> None:
    headers, value = headers_of(entry), example(entry)
    expected = shown(codec.decode, headers, value)
    monkeypatch.setattr(codec, "decode", None)
    assert shown(consumed.decode, headers, value) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"time": b"1999-12-31T23:59:59+00:00"},
        {"time": b"2026-02-30T00:00:00+00:00"},
        {"time": b"2026-03-02T09:30:00.123456789+02:00"},
        {"time": None},
        {"recordedtime": None},
        {"tenant": None},
        {"id": b"mr x@example.org"},
        {"id": None},
        {"id": b"\xff"},
        {"source": b""},
        {"type": b"nothing.known"},
        {"specversion": b"0.3"},
        {"traceparent": b""},
        {"tracestate": b"\x00"},
        {"tracestate": b"a=1\n"},
        {"requestid": b"a\n"},
        {"subject": b"x"},
        {"datacontenttype": b"text/plain"},
        {"fromanewerrelease": b"\xff"},
        {"fromanewerrelease": b"1"},
    ],
    ids=str,
)
def test_unusual_headers_mean_what_they_meant(changed: dict[str, bytes | None]) -> None:
    assert_same(headers_of(EVENT_TYPES[0], **changed), example(EVENT_TYPES[0]))


@pytest.mark.parametrize("name", ["id", "requestid"])
@pytest.mark.parametrize("again", [b"e-2", None])
def test_the_last_of_two_equal_headers_counts_unless_it_has_no_value(name: str, again: bytes | None) -> None:
    headers, value = headers_of(EVENT_TYPES[0], requestid=b"r-1"), example(EVENT_TYPES[0])
    assert_same((*headers, (f"ce_{name}", again)), value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "added",
    [
        b'"team":"x",',
        b'"from_a_newer_release":{"a":[1]},',
        b'"from_a_newer_release":"\\u0000",',
        b'"reason":"\\u0000",',
        b'"reason":"\\ud800",',
        b'"ended_at":"2026-03-02 10:00:00Z",',
        b'"wrap_seconds":-0,',
        b'"wrap_seconds":1e400,',
        b'"updated_at":"2026-03-02T09:30:00Z",',
        b'"first_message_at":"1999-03-02T09:30:00Z",',
        b'"first_message_at":"2026-03-02T09:30:00.1234567Z",',
    ],
)
def test_an_unusual_value_means_what_it_meant(added: bytes) -> None:
    value = example(EVENT_TYPES[0])
    assert_same(headers_of(EVENT_TYPES[0]), b"{" + added + value[1:])


@pytest.mark.parametrize(
    ("was", "now"),
    [(b"cus-42", b"mr x"), (b"cus-42", b""), (b"billing", b"a\x7f"), (b"billing", b"\xc3\xa9"), (b"invoice", b"\\n")],
)
def test_a_word_that_may_not_be_is_refused_as_it_was(was: bytes, now: bytes) -> None:
    value = example(EVENT_TYPES[0])
    assert was in value
    assert_same(headers_of(EVENT_TYPES[0]), value.replace(was, now))


def test_nul_in_a_text_is_refused() -> None:
    answered = next(entry for entry in EVENT_TYPES if entry.name == "survey.answered")
    assert_same(headers_of(answered), example(answered).replace(b"Nobody", b"\\u0000"))


def test_a_record_without_value_is_refused() -> None:
    assert_same(headers_of(EVENT_TYPES[0]), None)


def test_a_very_long_value_is_read_carefully(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = next(entry for entry in EVENT_TYPES if entry.name == "survey.answered")
    value = example(answered).replace(b"Nobody", "é".encode() * 8_000)
    assert len(value) < consumed.MOST_BYTES
    longer = value + b" " * consumed.MOST_BYTES
    asked = []
    monkeypatch.setattr(codec, "decode", lambda headers, value: asked.append(value))
    for said in (value, longer):
        consumed.decode(headers_of(answered), said)
    assert asked == [longer]
