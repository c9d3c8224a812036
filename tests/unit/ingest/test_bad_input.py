"""The corpus of bad input: what a sender may get wrong, and what it is told. Nothing of it may reach Kafka.

Every case carries a canary; no answer may repeat it, for what senders send is personal data.
"""

import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

CANARY = "zx7 canary@example.org"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"

ANSWER = {
    "response_id": "resp-1",
    "instrument": "csat",
    "scale": "1-5",
    "value": 2,
    "comment": CANARY,
    "submitted_at": "2026-03-02T09:40:00Z",
}
CALL = {"interaction_id": "call-1", "channel": "phone", "offered_at": "2026-03-02T09:30:00Z"}
MENTION = {"mention_id": "post-1", "network": "x", "text": CANARY, "published_at": "2026-03-02T09:30:00Z"}
ABSENT = object()


def _changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**document, **changes}.items() if value is not ABSENT}


def answer(**changes: Any) -> dict[str, Any]:
    return _changed(ANSWER, changes)


def event(**changes: Any) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": "e-1", "source": "/crm/acme", "type": "survey.answered", "data": ANSWER}
    return _changed(envelope, changes)


VALID = json.dumps(event()).encode()
PACKED = gzip.compress(VALID)
IN_GZIP = {"Content-Encoding": "gzip"}


def with_comment(raw: bytes) -> bytes:
    """A valid event whose comment is these raw bytes, between the quotes."""
    return VALID.replace(json.dumps(CANARY)[1:-1].encode(), raw)


def with_value(raw: bytes) -> bytes:
    return VALID.replace(b'"value": 2', b'"value": ' + raw)


def with_field(raw: bytes) -> bytes:
    return VALID.replace(b'"value": 2', b'"value": 2, ' + raw)


@dataclass(frozen=True)
class Case:
    """``at``: the pointer of one of the complaints; None where the trouble is not in the body's JSON."""

    says: str
    status: int
    body: Any
    at: str | None = None
    path: str = "/v1/events"
    type: str | None = STRUCTURED
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    sender: str = "any"

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def envelope(says: str, at: str, **changes: Any) -> Case:
    return Case(f"envelope: {says}", 422, event(**changes), at)


def data(says: str, at: str, **changes: Any) -> Case:
    return Case(f"answer: {says}", 422, event(data=answer(**changes)), f"/data{at}")


def call(says: str, at: str, **changes: Any) -> Case:
    return Case(f"call: {says}", 422, _changed(CALL, changes), at, path="/v1/interactions", type=JSON)


def mention(says: str, at: str, **changes: Any) -> Case:
    return Case(f"mention: {says}", 422, _changed(MENTION, changes), at, path="/v1/mentions", type=JSON)


def binary(says: str, status: int, at: str | None, body: Any = None, **headers: str) -> Case:
    attributes = {"ce-specversion": "1.0", "ce-id": "e-1", "ce-source": "/crm/acme", "ce-type": "survey.answered"}
    changed = {**attributes, **{name.replace("_", "-"): value for name, value in headers.items()}}
    kept = {name: value for name, value in changed.items() if value != "-"}
    return Case(f"binary: {says}", status, ANSWER if body is None else body, at, type=JSON, headers=kept)


def many(says: str, status: int, body: Any, at: str | None = None, **more: Any) -> Case:
    return Case(f"batch: {says}", status, body, at, **{"type": BATCH, **more})


NESTED = b"[" * 33 + b"]" * 33
WIDE = json.dumps({f"k{number}": number for number in range(201)}).encode()
LARGE_ANSWERS = {f"q{number}": CANARY[:3] + "x" * 1900 for number in range(40)}  # 76 KiB of data

CASES = [
    # --- not JSON we accept -------------------------------------------------------------------------------------
    Case("empty body", 400, b"", ""),
    Case("only white space", 400, b" \r\n\t ", ""),
    Case("not JSON", 400, f"hello {CANARY}".encode(), ""),
    Case("a form", 400, f"comment={CANARY}".encode(), ""),
    Case("two documents", 400, VALID + VALID, ""),
    Case("single quotes", 400, f"{{'id': '{CANARY}'}}".encode(), ""),
    Case("a trailing comma", 400, VALID[:-1] + b",}", ""),
    Case("a comment", 400, VALID + b" // " + CANARY.encode(), ""),
    Case("NaN", 400, with_value(b"NaN"), ""),
    Case("Infinity", 400, with_value(b"Infinity"), ""),
    Case("minus Infinity", 400, with_value(b"-Infinity"), ""),
    Case("a number no double holds", 400, with_value(b"1e999"), ""),
    Case("an integer of 2^53", 400, with_value(b"9007199254740992"), ""),
    Case("an integer of 5,000 digits", 400, with_value(b"9" * 5000), ""),
    Case("a leading zero", 400, with_value(b"01"), ""),
    Case("NUL escaped", 400, with_comment(b"zx7 canary\\u0000"), ""),
    Case("NUL raw", 400, with_comment(b"zx7 canary\x00"), ""),
    Case("NUL in a key", 400, with_field(b'"zx7 canary\\u0000": 1'), ""),
    Case("a line break in a string", 400, with_comment(b"zx7 canary\n"), ""),
    Case("a lone high surrogate", 400, with_comment(b"zx7 canary\\ud800"), ""),
    Case("a lone low surrogate", 400, with_comment(b"zx7 canary\\udc00"), ""),
    Case("a lone surrogate in a key", 400, with_field(b'"zx7 canary\\ud800": 1'), ""),
    Case("a surrogate as UTF-8 bytes", 400, with_comment(b"zx7 canary\xed\xa0\x80"), ""),
    Case("a wrong escape", 400, with_comment(b"zx7 canary\\x"), ""),
    Case("the same key twice", 400, with_field(b'"comment": "zx7 canary"'), ""),
    Case("a key of the envelope twice", 400, VALID[:-1] + b', "id": "e-2"}', ""),
    Case("a string over 8 KiB", 400, with_comment(b"zx7 canary" + b"x" * 8192), ""),
    Case("a key over 8 KiB", 400, with_field(b'"zx7 canary' + b"x" * 8192 + b'": 1'), ""),
    Case("33 levels", 400, with_field(b'"answers": ' + NESTED), ""),
    Case("10,000 levels", 400, b"[" * 10_000 + b"]" * 10_000, ""),
    Case("30,000 levels of objects", 400, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, ""),
    Case("201 keys", 400, with_field(b'"answers": ' + WIDE), ""),
    Case("UTF-16", 400, VALID.decode().encode("utf-16"), ""),
    Case("UTF-32", 400, VALID.decode().encode("utf-32"), ""),
    Case("a byte order mark", 400, b"\xef\xbb\xbf" + VALID, ""),
    Case("Latin-1", 400, with_comment("zx7 canary é".encode("latin-1")), ""),
    Case("overlong UTF-8", 400, with_comment(b"zx7 canary\xc0\x80"), ""),
    # --- JSON, but no event -------------------------------------------------------------------------------------
    Case("a string", 422, CANARY, ""),
    Case("a number", 422, b"1", ""),
    Case("null", 422, b"null", ""),
    Case("an array, not said to be a batch", 422, [event()], ""),
    envelope("no specversion", "/specversion", specversion=ABSENT),
    envelope("specversion 0.3", "/specversion", specversion="0.3"),
    envelope("specversion a number", "/specversion", specversion=1.0),
    envelope("no id", "/id", id=ABSENT),
    envelope("id empty", "/id", id=""),
    envelope("id a number", "/id", id=7),
    envelope("id with characters not allowed", "/id", id=CANARY),
    envelope("id of 129 characters", "/id", id="x" * 129),
    envelope("id with a line break behind", "/id", id="e-1\n"),
    envelope("no source", "/source", source=ABSENT),
    envelope("source with a space", "/source", source=CANARY),
    envelope("source of another script", "/source", source="/crm/ё"),
    envelope("no type", "/type", type=ABSENT),
    envelope("type unknown", "/type", type=f"{CANARY}.answered"),
    envelope("type null", "/type", type=None),
    envelope("type an object", "/type", type={"a": CANARY}),
    envelope("data missing", "/data", data=ABSENT),
    envelope("data null", "/data", data=None),
    envelope("data a string", "/data", data=CANARY),
    envelope("data an array", "/data", data=[ANSWER]),
    envelope("data in base64", "/data_base64", data_base64="e30="),
    envelope("data not of the type said", "/data/interaction_id", type="interaction.reported"),
    envelope("datacontenttype not JSON", "/datacontenttype", datacontenttype="text/plain"),
    envelope("an extension we do not know", "/partitionkey", partitionkey=CANARY),
    envelope("an attribute with a strange name", "", **{CANARY: 1}),
    envelope("another tenant", "/tenant", tenant="umbrella"),
    envelope("a tenant that is an object", "/tenant", tenant={"a": CANARY}),
    envelope("recordedtime, which is ours", "/recordedtime", recordedtime="2026-03-02T10:00:00Z"),
    envelope("traceparent not well formed", "/traceparent", traceparent=CANARY),
    # --- times --------------------------------------------------------------------------------------------------
    envelope("time without offset", "/time", time="2026-03-02T10:00:00"),
    envelope("time a number", "/time", time=1_772_445_600),
    envelope("time in digits", "/time", time="1772445600"),
    envelope("time a date", "/time", time="2026-03-02"),
    envelope("time in words", "/time", time=f"yesterday {CANARY}"),
    envelope("time on 30 February", "/time", time="2026-02-30T10:00:00Z"),
    envelope("time at hour 24", "/time", time="2026-03-02T24:30:00Z"),
    envelope("time before 2000", "/time", time="1999-12-31T23:59:59Z"),
    envelope("time of year 1 east of Greenwich", "/time", time="0001-01-01T00:00:00+14:00"),
    envelope("time over 24 hours ahead", "/time", time="2026-03-03T10:00:01Z"),
    data("submitted over 24 hours ahead", "/submitted_at", submitted_at="2026-03-03T10:00:01Z"),
    data("updated over 24 hours ahead", "/updated_at", updated_at="2031-01-01T00:00:00Z"),
    call("ended over 24 hours ahead", "/ended_at", ended_at="2026-03-04T10:00:00Z"),
    call("answered before offered", "", answered_at="2026-03-02T09:29:59Z"),
    mention("published before 2000", "/published_at", published_at="1970-01-01T00:00:00Z"),
    # --- values -------------------------------------------------------------------------------------------------
    data("6 on 1-5", "", value=6),
    data("0 on 1-5", "", value=0),
    data("4.5 on 1-5", "", value=4.5),
    data("true on 1-5", "", value=True),
    data("a number in quotes", "", value="4"),
    data("an object for a value", "/value", value={"a": CANARY}),
    data("completed without a value", "", value=ABSENT),
    data("no scale", "/scale", scale=ABSENT),
    data("scale unknown", "/scale", scale=CANARY),
    data("NPS on 1-5", "", instrument="nps"),
    data("11 on 0-10", "", instrument="nps", scale="0-10", value=11),
    data("instrument unknown", "/instrument", instrument=CANARY),
    data("both revision and updated_at", "", revision=1, updated_at="2026-03-02T09:40:00Z"),
    data("revision below zero", "/revision", revision=-1),
    data("revision in quotes", "/revision", revision="1"),
    data("customer an e-mail address", "/customer_id", customer_id=CANARY),
    data("customer a phone number", "/customer_id", customer_id="+358401234567"),
    data("comment a number", "/comment", comment=5),
    data("a field misspelt", "/comments", comments=CANARY),
    data("a field with a strange name", "", **{CANARY: 1}),
    data("language in words", "/language", language=CANARY),
    data("preference of unknown kind", "/preferences/0", preferences=[{"kind": CANARY, "value": "x"}]),
    data("preference without a value", "/preferences/0/value", preferences=[{"kind": "note"}]),
    data("21 preferences", "/preferences", preferences=[{"kind": "note", "value": CANARY}] * 21),
    data("answers nested", "/answers/q1", answers={"q1": {"a": CANARY}}),
    call("channel unknown", "/channel", channel=CANARY),
    call("talk below zero", "/talk_seconds", talk_seconds=-1),
    call("talk of 32 days", "/talk_seconds", talk_seconds=32 * 86400),
    call("talk in quotes", "/talk_seconds", talk_seconds="60"),
    call("both answered and abandoned", "", abandoned=True, answered_at="2026-03-02T09:31:00Z"),
    call("resolved in words", "/resolved", resolved="yes"),
    call("team with a control character", "/team", team="zx7 canary\u0007"),
    mention("rating without scale", "", rating=3),
    mention("rating off its scale", "", rating=9, scale="1-5"),
    mention("url with another scheme", "/url", url=f"javascript:{CANARY}"),
    mention("an envelope where plain JSON goes", "/specversion", specversion="1.0"),
    # --- binary mode --------------------------------------------------------------------------------------------
    binary("no id", 422, "/id", ce_id="-"),
    binary("type unknown", 422, "/type", ce_type="zx7%20canary"),
    binary("specversion unknown", 422, "/specversion", ce_specversion="2.0"),
    binary("percent-encoded, not UTF-8", 422, "/subject", ce_subject="zx7%ff"),
    binary("percent-encoded NUL", 422, "/subject", ce_subject="zx7%00canary"),
    binary("percent-encoded line break in the id", 422, "/id", ce_id="e-1%0A"),
    binary("data as an attribute", 422, "/data", ce_data="zx7 canary"),
    binary("the content type as an attribute too", 422, "/datacontenttype", ce_datacontenttype=JSON),
    binary("another tenant", 422, "/tenant", ce_tenant="umbrella"),
    binary("recordedtime, which is ours", 422, "/recordedtime", ce_recordedtime="2026-03-02T10:00:00Z"),
    binary("the whole event as data", 422, "/data/specversion", event()),
    binary("data off the contract", 422, "/data", answer(value=9)),
    binary("an empty body", 400, "", b""),
    binary("a truncated body", 400, "", json.dumps(ANSWER).encode()[:-1]),
    # --- batches ------------------------------------------------------------------------------------------------
    many("an object", 422, event(), ""),
    many("one bad item", 422, [event(), event(), event(), event(data=answer(value=9))], "/3/data"),
    many("items that are no objects", 422, [event(), CANARY, None], "/1"),
    many("an empty array inside", 422, [[]], "/0"),
    many("an item over 24 hours ahead", 422, [event(), event(time="2026-03-09T10:00:00Z")], "/1/time"),
    many("an item of another tenant", 422, [event(tenant="umbrella")], "/0/tenant"),
    many("501 items", 413, [event()] * 501, ""),
    many("over 1 MiB", 413, b"[" + b" " * 1024 * 1024 + b"]", ""),
    many("one item over 64 KiB", 413, [event(), event(data=answer(answers=LARGE_ANSWERS))], "/1"),
    many("truncated", 400, json.dumps([event(), event()]).encode()[:-1], ""),
    many("plain, one bad item", 422, [ANSWER, answer(value=9)], "/1", path="/v1/survey-responses", type=JSON),
    many("plain, 501 items", 413, [ANSWER] * 501, "", path="/v1/survey-responses", type=JSON),
    many("plain, over 1 MiB", 413, b"[" + b" " * 1024 * 1024 + b"]", "", path="/v1/mentions", type=JSON),
    # --- size ---------------------------------------------------------------------------------------------------
    Case("over 64 KiB", 413, VALID + b" " * 64 * 1024, ""),
    Case("50 MB", 413, VALID + b" " * 50_000_000, ""),
    Case("plain, one object over 64 KiB", 413, json.dumps(ANSWER).encode() + b" " * 65_536, "", "/v1/mentions", JSON),
    # --- encoding and content type ------------------------------------------------------------------------------
    Case("gzip that is none", 400, VALID, "", headers=IN_GZIP),
    Case("gzip truncated", 400, PACKED[:-4], "", headers=IN_GZIP),
    Case("gzip with a wrong checksum", 400, PACKED[:-8] + b"\0" * 8, "", headers=IN_GZIP),
    Case("two gzip members", 400, PACKED * 2, "", headers=IN_GZIP),
    Case("gzip bomb", 413, gzip.compress(b" " * 10_000_000), "", headers=IN_GZIP),
    many("gzip bomb", 413, gzip.compress(b" " * 900_000), "", headers=IN_GZIP),
    Case("an empty body in gzip", 400, gzip.compress(b""), "", headers=IN_GZIP),
    Case("deflate", 415, VALID, headers={"Content-Encoding": "deflate"}),
    Case("br", 415, VALID, headers={"Content-Encoding": "br"}),
    Case("gzip twice", 415, VALID, headers={"Content-Encoding": "gzip, gzip"}),
    Case("no content type", 415, VALID, type=None),
    Case("text/plain", 415, VALID, type="text/plain"),
    Case("a form's content type", 415, VALID, type="application/x-www-form-urlencoded"),
    Case("XML", 415, VALID, type="application/cloudevents+xml"),
    Case("a content type of nonsense", 415, VALID, type=CANARY),
    Case("another charset", 415, VALID, type=f"{STRUCTURED}; charset=iso-8859-1"),
    Case("charset of nonsense", 415, VALID, type=f'{STRUCTURED}; charset="{CANARY}"'),
    Case("application/json without ce- headers", 415, VALID, type=JSON),
    Case("a CloudEvent on a plain route", 415, VALID, path="/v1/survey-responses"),
    # --- who may ------------------------------------------------------------------------------------------------
    Case("no key", 401, VALID, sender="", headers={"Authorization": ""}),
    Case("a key that is none", 401, VALID, sender="", headers={"Authorization": f"Bearer {CANARY}"}),
    Case("a key unknown", 401, VALID, sender="", headers={"Authorization": f"Bearer amk_aaaaaaaa_{'a' * 43}"}),
    Case("another scheme", 401, VALID, sender="", headers={"Authorization": "Basic eng3IGNhbmFyeQ=="}),
    Case("a key without the scope", 403, VALID, sender="reader"),
    Case("a source not the key's", 403, event(source="/crm/zx7canary"), "/source", sender="one-source"),
    Case("a source not among the key's", 403, event(source="/crm/zx7canary"), "/source", sender="two-sources"),
    many("one source not the key's", 403, [event(), event(source="/b")], "/1/source", sender="one-source"),
    Case("plain, a source not the key's", 403, MENTION, None, "/v1/mentions", JSON, sender="one-source",
         headers={"Amends-Source": "/crm/zx7canary"}),
    Case("plain, source missing where it must be said", 403, MENTION, None, "/v1/mentions", JSON,
         sender="two-sources"),
    Case("plain, a source of nonsense", 422, MENTION, None, "/v1/mentions", JSON, headers={"Amends-Source": CANARY}),
    Case("plain, an empty source", 422, MENTION, None, "/v1/mentions", JSON, headers={"Amends-Source": ""}),
    # --- routes and methods -------------------------------------------------------------------------------------
    Case("a route that is none", 404, VALID, path="/v1/zx7canary"),
    Case("a slash behind", 404, VALID, path="/v1/events/"),
    Case("GET", 405, b"", method="GET"),
    Case("PUT", 405, VALID, method="PUT"),
    Case("DELETE", 405, b"", path="/v1/mentions", method="DELETE"),
    Case("POST to the metrics", 405, VALID, path="/metrics"),
]  # fmt: skip

BY_NAME = {case.says: case for case in CASES}


def _headers(edge: Any, case: Case) -> dict[str, str]:
    kind = {} if case.type is None else {"Content-Type": case.type}
    return {**(edge.as_(case.sender) if case.sender else {}), **kind, **case.headers}


@pytest.mark.parametrize("name", BY_NAME)
async def test_bad_input_is_refused_with_a_reason_and_without_repeating_it(edge: Any, name: str) -> None:
    case = BY_NAME[name]
    answer = await edge.http.request(case.method, case.path, content=case.content, headers=_headers(edge, case))
    assert answer.status_code == case.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == case.status
    assert problem["title"]
    assert problem.get("detail") or problem.get("errors")
    if case.at is not None:
        assert case.at in [complaint["pointer"] for complaint in problem["errors"]]
    assert "zx7" not in (answer.text + str(answer.headers)).lower()
    assert edge.records() == []


def test_the_corpus_has_no_two_cases_of_one_name() -> None:
    assert len(BY_NAME) == len(CASES) >= 60


async def test_what_the_corpus_bends_is_accepted_unbent(edge: Any) -> None:
    good = [
        Case("", 202, VALID),
        many("", 202, [event()]),
        binary("", 202, None),
        Case("", 202, ANSWER, path="/v1/survey-responses", type=JSON),
        Case("", 202, CALL, path="/v1/interactions", type=JSON),
        Case("", 202, MENTION, path="/v1/mentions", type=JSON),
        Case("", 202, VALID, sender="one-source"),
        Case("", 202, PACKED, headers=IN_GZIP),
    ]
    for case in good:
        answer = await edge.http.post(case.path, content=case.content, headers=_headers(edge, case))
        assert answer.status_code == 202, answer.text


async def test_a_document_cut_at_any_byte_is_refused_as_not_json(edge: Any) -> None:
    for end in range(len(VALID)):
        answer = await edge.http.post("/v1/events", content=VALID[:end], headers={"Content-Type": STRUCTURED})
        assert answer.status_code == 400, end
        assert "zx7" not in answer.text
    assert edge.records() == []


async def test_gzip_cut_at_any_byte_is_refused(edge: Any) -> None:
    headers = {"Content-Type": STRUCTURED, **IN_GZIP}
    for end in range(len(PACKED)):
        answer = await edge.http.post("/v1/events", content=PACKED[:end], headers=headers)
        assert answer.status_code == 400, end
    assert edge.records() == []


async def test_a_batch_lists_the_complaints_of_all_its_items_up_to_a_hundred(edge: Any) -> None:
    three = [event(id=CANARY), event(), event(data=answer(value=9), time="x")]
    found = (await edge.http.post("/v1/events", json=three, headers={"Content-Type": BATCH})).json()["errors"]
    assert [complaint["pointer"] for complaint in found] == ["/0/id", "/2/time", "/2/data"]

    found = (await edge.http.post("/v1/events", json=[{}] * 500, headers={"Content-Type": BATCH})).json()["errors"]
    assert len(found) == 100


async def test_a_body_announced_as_too_large_is_refused_unread(edge: Any) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    headers = {"Content-Type": STRUCTURED, "Content-Length": "65537"}
    answer = await edge.http.post("/v1/events", content=never(), headers=headers)
    assert answer.status_code == 413


async def test_a_body_without_a_length_is_counted_as_it_comes(edge: Any) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 16 * 1024

    answer = await edge.http.post("/v1/events", content=endless(), headers={"Content-Type": STRUCTURED})
    assert answer.status_code == 413
    assert sent == 5


async def test_refusals_are_counted_by_reason(edge: Any) -> None:
    await edge.http.post("/v1/events", content=VALID, headers={"Content-Type": "text/plain"})
    await edge.http.post("/v1/events", content=b"{", headers={"Content-Type": STRUCTURED})
    await edge.http.post("/v1/events", content=b"{", headers={"Content-Type": STRUCTURED})
    assert await edge.metric('amends_ingest_rejected_total{reason="unsupported-type"}') == 1
    assert await edge.metric('amends_ingest_rejected_total{reason="malformed"}') == 2
