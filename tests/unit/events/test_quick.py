"""The quick way may only say yes: whatever it takes, the careful way takes too, and makes the same event of it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import codec, quick, strict_json
from events.catalog import POSTED, EventType
from events.envelope import Event, Payload
from events.problems import Invalid
from support.event_bodies import bodies, events, payloads
from support.exactly import exactly

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STAMP = quick.Stamp("acme", NOW, request_id="r-1", traceparent=PARENT, tracestate="a=1")
TYPES = pytest.mark.parametrize("entry", POSTED, ids=lambda entry: entry.name)
OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def stamped(document: Any) -> Event[Payload]:
    """The careful way, as ingest goes it."""
    event = codec.structured(document, tenant="acme", recorded_at=NOW)
    trace = (event.traceparent, event.tracestate) if event.traceparent else (PARENT, "a=1")
    return Event(event.id, event.source, "acme", event.time, NOW, event.data, *trace, request_id="r-1")


def careful_batch(raw: bytes) -> list[Event[Payload]]:
    documents = strict_json.loads(raw)
    if not isinstance(documents, list) or len(documents) > 500:
        raise Invalid.at("", "list_type", "must be an array")
    if any(document.get(name) for document in documents for name in ("tenant", "recordedtime", "requestid")):
        raise Invalid.at("", "ours", "is ours to set")
    return [stamped(document) for document in documents]


def careful_single(raw: bytes) -> list[Event[Payload]]:
    return careful_batch(b"[%b]" % raw) if strict_json.loads(raw) else []


def careful_plain(type_: str, raw: bytes) -> list[Event[Payload]]:
    found = strict_json.loads(raw)
    said = [codec.payload(type_, item) for item in (found if isinstance(found, list) else [found])]
    return [
        Event(codec.identity_of(type_, data), "/x", "acme", NOW, NOW, data, PARENT, "a=1", request_id="r-1")
        for data in said
    ]


def assert_same(found: quick.Batch | None, expected: list[Event[Payload]]) -> None:
    assert found is not None
    assert len(found.events) == len(expected)
    for event, meant in zip(found.events, expected, strict=True):
        headers, value = codec.encode(meant)
        assert sorted(STAMP.headers(event)) == sorted(headers)
        assert STAMP.key(event) == codec.key(meant)
        assert exactly(event.data) == exactly(meant.data)
        decoded = codec.decode(STAMP.headers(event), event.value)
        assert decoded == codec.decode(headers, value)
        assert exactly(decoded.data) == exactly(meant.data)
        assert (event.id, event.source, event.time or NOW, event.type) == (
            meant.id,
            meant.source,
            meant.time,
            meant.type,
        )
        assert event.entry.topic == codec.topic_of(meant)
        moments = {f"data/{name}": value for name, value in meant.data if isinstance(value, datetime)}
        assert {name: value for name, value in event.moments() if name != "time"} == moments
    named = [value for event in found.events for _, value in event.moments()]
    assert found.latest == max(named, default=None)


def test_every_type_that_senders_post_is_read_quickly() -> None:
    assert quick.CAREFUL == {}


@OFTEN
@given(bodies(st.lists(events(), min_size=1, max_size=3)))
def test_a_batch_that_is_taken_quickly_means_the_same_carefully(raw: bytes) -> None:
    if (found := quick.batch(raw)) is not None:
        assert_same(found, careful_batch(raw))


@OFTEN
@given(bodies(events()))
def test_an_event_that_is_taken_quickly_means_the_same_carefully(raw: bytes) -> None:
    if (found := quick.structured(raw)) is not None:
        assert_same(found, careful_single(raw))


@TYPES
@OFTEN
@given(st.data())
def test_a_report_that_is_taken_quickly_means_the_same_carefully(entry: EventType, data: st.DataObject) -> None:
    report = payloads(entry)
    raw = data.draw(bodies(report | st.lists(report, max_size=3)))
    if (found := quick.plain(entry.name, raw, "/x")) is not None:
        assert_same(found, careful_plain(entry.name, raw))


STYLES: list[dict[str, Any]] = [{}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"indent": 1}]


@OFTEN
@given(st.lists(events(odd=False), max_size=3), st.sampled_from(STYLES))
def test_ordinary_events_are_taken_quickly_whenever_they_are_taken(documents: list[Any], style: dict[str, Any]) -> None:
    raw = json.dumps(documents, **style).encode()
    try:
        expected = careful_batch(raw)
    except Invalid:  # validators between fields
        return
    assert_same(quick.batch(raw), expected)
