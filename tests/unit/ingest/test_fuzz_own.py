"""Whatever the bytes, each of our own shapes makes records that are read back, or raises what is declared.

``FUZZ_EXAMPLES=5000`` looks longer than CI does.
"""

import contextlib
import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import codec
from events.catalog import BY_NAME, POSTED, EventType
from events.problems import Invalid
from ingest.core import understanding, wire
from ingest.core.formats import Format, parse
from ingest.core.inflate import MAX_RATIO, RATIO_FROM
from ingest.core.limits import TooLarge
from ingest.core.reading import Arrival
from ingest.core.records import Understood
from support.event_bodies import bodies, events, payloads

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ARRIVAL = Arrival("acme", NOW, "r-1", TRACE, "a=1")
MANY = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "200")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
DECLARED = (Invalid, TooLarge, wire.Unsupported)
ODD_TEXT = st.text(st.characters(max_codepoint=255)) | st.sampled_from(
    [
        "1.0",
        "e-1",
        "/s",
        "survey.answered",
        TRACE,
        "2026-03-03T11:00:00Z",
        '"e-1"',
        '"a\\\\"b"',
        "%C3%A9",
        "%ff",
        "%00",
        "a%0Ab",
    ]
)
NAMES = ["id", "source", "type", "specversion", "time", "subject", "traceparent", "tracestate", "tenant", "data", "x"]
ATTRIBUTES = st.dictionaries(
    st.sampled_from([f"{prefix}{name}" for name in NAMES for prefix in ("ce-", "CE-")]) | st.text(max_size=5), ODD_TEXT
)


def taken(read: Callable[[], Understood]) -> Understood | None:
    """What was understood, held against what is promised of it; None where it was refused as declared."""
    try:
        found = read()
    except DECLARED:
        return None
    assert len(found.records) == len(found.identities) == sum(found.types.values()) == sum(found.sources.values())
    for record, identity in zip(found.records, found.identities, strict=True):
        event = codec.decode(record.headers, record.value)
        assert (event.tenant, event.source, event.id) == identity
        assert (event.recorded_at, event.request_id) == (NOW, "r-1")
        assert record.topic == BY_NAME[event.type].topic.name
        assert record.key == codec.key(event)
        headers, value = codec.encode(event)
        assert (dict(headers), json.loads(value)) == (dict(record.headers), json.loads(record.value))
    return found


@MANY
@given(raw=st.binary(max_size=300) | bodies(events()) | bodies(st.lists(events(), max_size=4)))
def test_one_event_or_a_batch(raw: bytes) -> None:
    one = taken(partial(understanding.structured, raw, ARRIVAL))
    many = taken(partial(understanding.batch, raw, ARRIVAL))
    assert one is None or many is None, "a body is an event or an array of them"
    if one is not None:
        again = taken(partial(understanding.batch, b"[%b]" % raw, ARRIVAL))
        assert again is not None
        assert [record.value for record in again.records] == [record.value for record in one.records]


@pytest.mark.parametrize("entry", POSTED, ids=lambda entry: entry.name)
def test_plain_reports(entry: EventType) -> None:
    @MANY
    @given(raw=st.binary(max_size=300) | bodies(payloads(entry)) | bodies(st.lists(payloads(entry), max_size=3)))
    def check(raw: bytes) -> None:
        found = taken(partial(understanding.plain, raw, ARRIVAL, type_=entry.name, source="/x"))
        assert found is None or set(found.types) <= {entry.name}

    check()


@MANY
@given(
    headers=ATTRIBUTES,
    raw=st.binary(max_size=100) | st.sampled_from(POSTED).flatmap(lambda e: bodies(payloads(e))),
)
def test_binary_mode(headers: dict[str, str], raw: bytes) -> None:
    usual = {"ce-specversion": "1.0", "ce-id": "e-1", "ce-source": "/s", "ce-type": "survey.answered"}
    for sent in (headers, {**usual, **headers}):
        taken(partial(understanding.binary, raw, ARRIVAL, headers=sent.items()))


@MANY
@given(header=ODD_TEXT | st.from_regex(r"application/[a-z+]*(; *charset=[a-z0-9\"-]*)*"), raw=st.binary(max_size=300))
def test_headers_of_the_body(header: str, raw: bytes) -> None:
    known = (wire.STRUCTURED, wire.BATCH, wire.JSON)
    with contextlib.suppress(wire.Unsupported):
        assert wire.media_type(header, known) in known
    assert wire.trace_context(header) in (None, header)
    assert (wire.trace_state(header) or "").isascii()
    with contextlib.suppress(*DECLARED):
        decoder = wire.decoder(header, 100)
        assert len(decoder.feed(raw)) <= max(100, len(raw))
        decoder.finish()


@MANY
@given(
    raw=st.binary(max_size=500) | st.integers(0, 3_000_000).map(bytes),
    cuts=st.lists(st.integers(0, 4000), max_size=5),
    spoilt=st.none() | st.tuples(st.integers(0, 4000), st.integers(0, 255)),
)
def test_gzip_in_any_pieces_gives_the_body_or_is_refused_and_never_more_than_allowed(
    raw: bytes, cuts: list[int], spoilt: tuple[int, int] | None
) -> None:
    limit = 1024 * 1024
    packed = bytearray(gzip.compress(raw))
    if spoilt:
        packed[spoilt[0] % len(packed)] = spoilt[1]
    edges = sorted({0, len(packed), *(cut % len(packed) for cut in cuts)})
    decoder, given_ = wire.decoder("gzip", limit), b""
    try:
        for start, end in pairwise(edges):
            given_ += decoder.feed(bytes(packed[start:end]))
            assert len(given_) <= min(limit, max(RATIO_FROM, end * MAX_RATIO))
        decoder.finish()
    except DECLARED:
        assert spoilt or len(raw) > RATIO_FROM
        return
    assert given_ == raw


@pytest.mark.parametrize("format_", Format, ids=lambda format_: format_.name.lower())
def test_any_bytes_are_a_document_or_refused(format_: Format) -> None:
    pieces = [
        b"<a>",
        b"</a>",
        b"<?xml version='1.0' encoding='",
        b"'?>",
        b"<!DOCTYPE a",
        b"<!ENTITY",
        b"&a;",
        b"]]>",
        b"<![CDATA[",
    ]
    pieces += [
        b"=",
        b"&",
        b"%",
        b"%00",
        b"%ff",
        b";",
        b"{",
        b"}",
        b"[",
        b'"',
        b"\\u",
        b"\n",
        b"\r",
        b"\x00",
        b"\xff\xfe",
    ]

    @MANY
    @given(raw=st.binary(max_size=200) | st.lists(st.sampled_from(pieces) | st.binary(max_size=3)).map(b"".join))
    def check(raw: bytes) -> None:
        with contextlib.suppress(Invalid):
            parse(format_, raw)

    check()


@pytest.mark.parametrize(
    "name", ["utf-7", "utf-16", "idna", "rot13", "zlib", "cp037", "unicode_escape", "latin-1", "zx7"]
)
def test_of_the_encodings_that_xml_may_declare_only_utf_8_is_read(name: str) -> None:
    text = "<?xml version='1.0' encoding='{}'?><a>+AGEAYQ-\\]</a>"
    assert parse(Format.XML, text.format("utf-8").encode()).text == "+AGEAYQ-\\]"
    with pytest.raises(Invalid) as error:
        parse(Format.XML, text.format(name).encode())
    assert error.value.syntax
