"""The corpus of bad deliveries: what a vendor, or somebody who says to be one, may get wrong, and what is answered.

Every case carries a canary; no answer, log line or metric may repeat it. All are refused before PostgreSQL is asked.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import httpx
import pytest
import structlog
from pydantic import SecretStr
from starlette.types import ASGIApp

from events.runtime.api_keys import Keyring, new_key
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.topics import TOPICS
from ingest.app import create_app
from ingest.core.breaker import Breaker
from ingest.core.signatures import Header, Signature
from ingest.core.wire import Unsupported
from ingest.sources.snapshot import Configured, Proof, Sources, path
from ingest.store.log import Store
from ingest.vendors.delivery import format_of
from support import golden, signing

CANARY = "zx7 canary@example.org"
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
PUBLIC_URL = "https://amends.example.com"
SALESFORCE = "203.0.113.9"
ELSEWHERE = "198.51.100.7"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
ABSENT = object()

CASES_OF = {
    case.source.name: case
    for name in (
        "typeform/rating-and-comment",
        "formbricks/known-contact",
        "zendesk/posted-by-a-trigger",
        "chatwoot/a-rating-that-changes",
        "hubspot/a-batch-tried-twice",
        "surveymonkey/completed",
        "twilio/call_through_a_queue",
        "qualtrics/signed",
        "salesforce/two-cases-in-one-message",
        "asterisk/answered",
        "genesys_cloud/answered",
        "amazon_connect/answered",
        "generic/bare",
        "generic/cloudevents",
    )
    for case in [golden.load(golden.FOLDER / f"{name}.yaml")]
}
OTHER_SECRET = "whsec_YW5vdGhlci1zZWNyZXQtb2YtMjQtYnl0ZXMtbG9uZw=="


@dataclass(frozen=True)
class Case:
    """``prove``: how it is proved to come from the source. ``at``: the pointer of one of the complaints."""

    says: str
    status: int
    source: str
    body: Any
    at: str | None = None
    type: str = JSON
    prove: str = "rightly"
    headers: dict[str, str] = field(default_factory=dict)
    host: str = SALESFORCE

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()


def first(source: str) -> golden.Delivery:
    return CASES_OF[source].deliveries[0]


def bent(source: str, where: str, value: Any, *, delivery: int = 0) -> Any:
    """The source's golden delivery with something else at that place, or nothing."""
    root = at = [json.loads(CASES_OF[source].deliveries[delivery].raw)]
    last: Any = 0
    for step in filter(None, where.split(".")):
        at, last = at[last], int(step) if step.isdecimal() else step
    if value is ABSENT:
        del at[last]
    else:
        at[last] = value
    return root[0]


def survey(says: str, status: int, where: str, value: Any, at: str | None, **more: Any) -> Case:
    return Case(f"typeform: {says}", status, "after-call", bent("after-call", where, value), at, **more)


def answered(says: str, status: int, where: str, value: Any, at: str | None, **more: Any) -> Case:
    return Case(f"formbricks: {says}", status, "in-app", bent("in-app", where, value), at, **more)


def form(says: str, status: int, source: str, at: str | None = None, *, prove: str = "rightly", **changes: Any) -> Case:
    pairs = dict(parse_qsl(first(source).raw.decode(), keep_blank_values=True))
    changed = {name: value for name, value in {**pairs, **changes}.items() if value is not ABSENT}
    return Case(f"{source}: {says}", status, source, urlencode(changed).encode(), at, FORM, prove)


def message(says: str, status: int, body: bytes, at: str | None = "", **more: Any) -> Case:
    return Case(f"salesforce: {says}", status, "sfdc", body, at, **{"type": "text/xml", **more})


def lines(says: str, status: int, text: str | bytes, at: str | None, **more: Any) -> Case:
    body = text if isinstance(text, bytes) else text.encode()
    return Case(f"asterisk: {says}", status, "asterisk", body, at, **{"type": "text/plain", **more})


def forged(says: str, prove: str, status: int = 401, **more: Any) -> Iterator[Case]:
    """The same trouble with every source that signs, or that has a key."""
    signing_ = ("after-call", "in-app", "helpdesk", "chat", "hub", "monkey", "twilio", "voice-of-customer")
    for source in more.pop("sources", signing_):
        sent = first(source)
        body = sent.raw.replace(b"}", f', "x": "{CANARY}"}}'.encode(), 1) if sent.content_type == JSON else sent.raw
        yield Case(f"{source}: {says}", status, source, body, None, sent.content_type, prove, **more)


SOAP = first("sfdc").raw
RATING = first("after-call").raw
ANSWER = json.loads(first("legacy-survey").raw)
EVENT = json.loads(first("own-crm").raw)
TIMED = ("in-app", "chat", "hub", "helpdesk", "legacy-survey")
KEYED = ("asterisk", "genesys-cloud", "amazon-connect", "own-crm")
SCORED = "form_response.answers.0.number"
MSG = '{"SurveyID": "%s", "ResponseID": "%s", "CompletedDate": "2026-03-02 02:58:11"}'

CASES = [
    # --- who says so --------------------------------------------------------------------------------------------
    *forged("no signature", "not"),
    *forged("a signature of nonsense", "nonsense"),
    *forged("a signature with another secret", "other secret"),
    *forged("the signature of another body", "altered"),
    *forged("an API key of the source in place of a signature", "key"),
    *forged("a signature over 300 s old", "old", sources=TIMED),
    *forged("a signature over 300 s ahead", "ahead", sources=TIMED),
    *forged("a timestamp changed after signing", "moved", sources=TIMED),
    *forged("a timestamp of nonsense", "timeless", sources=TIMED),
    *forged("no key", "not", sources=KEYED),
    *forged("a key of nonsense", "nonsense", sources=KEYED),
    *forged("a key of another source", "other key", 403, sources=KEYED),
    *forged("a key sent twice", "twice", sources=KEYED),
    *forged("a signature sent twice", "twice", sources=("after-call", "chat", "hub", "monkey", "twilio")),
    *forged("signed for another source's address", "other address", sources=("hub", "twilio")),
    *forged("from a network it is not to come from", "rightly", 403, sources=("sfdc",), host=ELSEWHERE),
    *forged("from an address that is none", "rightly", 403, sources=("sfdc",), host=CANARY),
    *forged("from its network, it says", "rightly", 403, sources=("sfdc",), host=ELSEWHERE,
            headers={"X-Forwarded-For": SALESFORCE, "X-Real-IP": SALESFORCE, "Forwarded": f"for={SALESFORCE}"}),
    Case("nonsense, not signed: nothing is said of it but that", 401, "after-call", CANARY.encode(), prove="not"),
    Case("a bad form, not signed: nothing is said of it but that", 401, "twilio", b"a=%ff" + CANARY.encode(),
         type=FORM, prove="not"),
    Case("a form of 501 fields, not signed", 401, "twilio", b"&".join([b"a=zx7"] * 501), type=FORM, prove="not"),
    form("a field beside the signed ones", 401, "twilio", prove="one more field"),
    form("another message beside the signed one", 401, "voice-of-customer", prove="one more message"),
    Case("a form sent as JSON that is signed as a form", 401, "twilio", first("twilio").raw,
         prove="as a form"),
    # --- not the format ------------------------------------------------------------------------------------------
    *(Case(f"{source}: an empty body", 400, source, b"", "", first(source).content_type)
      for source in ("after-call", "hub", "sfdc", "asterisk", "own-crm")),
    Case("typeform: not JSON", 400, "after-call", CANARY.encode(), ""),
    Case("typeform: truncated", 400, "after-call", RATING[:-9], ""),
    Case("typeform: a key twice", 400, "after-call", RATING[:-1] + b', "event_id": "zx7"}', ""),
    Case("typeform: NaN", 400, "after-call", RATING.replace(b'"number": 5', b'"number": NaN'), ""),
    Case("typeform: NUL", 400, "after-call", RATING.replace(b"tok5f2c9a", b"zx7\\u0000"), ""),
    Case("typeform: half a surrogate pair", 400, "after-call", RATING.replace(b"tok5f2c9a", b"zx7\\ud800"), ""),
    Case("typeform: UTF-16", 400, "after-call", RATING.decode().encode("utf-16"), ""),
    Case("typeform: Latin-1", 400, "after-call", RATING.replace(b"tok5f2c9a", b"zx7\xe9"), ""),
    Case("typeform: an integer of 2^53", 400, "after-call", RATING.replace(b'"number": 5',
         b'"number": ' + b"9" * 16), ""),
    survey("a text over 128 KiB", 400, "form_response.answers.2.text", CANARY + "x" * 131_072, ""),
    survey("33 levels", 400, "new", json.loads("[" * 33 + "]" * 33), ""),
    survey("201 keys", 400, "form_response.hidden", {f"k{n}": CANARY for n in range(201)}, ""),
    Case("typeform: over 1 MiB", 413, "after-call", RATING + b" " * 1024 * 1024, ""),
    Case("typeform: a gzip bomb", 413, "after-call", gzip.compress(b" " * 2_000_000), "",
         headers={"Content-Encoding": "gzip"}),
    Case("typeform: gzip that is none", 400, "after-call", RATING, "", headers={"Content-Encoding": "gzip"}),
    Case("typeform: deflate", 415, "after-call", RATING, headers={"Content-Encoding": "deflate"}),
    Case("typeform: a form", 415, "after-call", b"a=b", type=FORM),
    Case("typeform: no content type we know", 415, "after-call", RATING, type=CANARY),
    Case("typeform: another charset", 415, "after-call", RATING, type=f"{JSON}; charset=utf-16"),
    Case("twilio: XML", 415, "twilio", b"<a/>", type="text/xml"),
    Case("salesforce: JSON", 415, "sfdc", {"a": CANARY}),
    Case("twilio: half a surrogate pair: no such form can be signed", 401, "twilio", b"EventType=%ED%A0%80", type=FORM),
    # --- XML --------------------------------------------------------------------------------------------------------
    message("not XML", 400, CANARY.encode()),
    message("not closed", 400, SOAP[:-9]),
    message("a DTD", 400, b"<!DOCTYPE a SYSTEM 'http://zx7.example.org/a.dtd'>" + SOAP.partition(b"?>")[2]),
    message("entities upon entities", 400,
         b'<!DOCTYPE a [<!ENTITY a "zx7"><!ENTITY b "' + b"&a;" * 99 + b'">]><a>&b;</a>'),
    message("an entity of a file", 400, b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a>&f;</a>'),
    message("an entity that is none", 400, SOAP.replace(b"Phone", b"&zx7;")),
    message("NUL", 400, SOAP.replace(b"Phone", b"zx7\x00")),
    message("NUL as a reference", 400, SOAP.replace(b"Phone", b"zx7&#0;")),
    message("half a surrogate pair", 400, SOAP.replace(b"Phone", b"zx7&#xD800;")),
    message("an encoding that is none", 400, SOAP.replace(b"UTF-8", b"zx7-8")),
    message("UTF-7", 400, SOAP.replace(b"UTF-8", b"utf-7")),
    message("a codec that is no encoding", 400, SOAP.replace(b"UTF-8", b"zlib_codec")),
    message("not the UTF-8 it says", 400, SOAP.replace(b"Phone", b"zx7\xff")),
    message("over 20,000 elements", 400, b"<a>" + b"<b/>" * 20_001 + b"</a>"),
    message("20,001 levels", 400, b"<a>" * 20_001 + b"</a>" * 20_001),
    message("over 1 MiB", 413, SOAP + b" " * 1024 * 1024),
    message("no Outbound Message", 422, f"<a>{CANARY}</a>".encode(), "/Envelope/Body/notifications"),
    message("another organization", 422, SOAP.replace(b"00D7Q000000abCD<", b"00D7Q0000zx7xxx<"),
            "/Envelope/Body/notifications/OrganizationId"),
    message("no organization", 422, SOAP.replace(b"00D7Q000000abCD<", b"<"),
            "/Envelope/Body/notifications/OrganizationId"),
    message("no id of the record", 422, SOAP.replace(b"5007Q00000aBcDeQAK", b""),
            "/Envelope/Body/notifications/Notification/0/sObject/Id"),
    message("a score off its scale", 422, SOAP.replace(b">2.0<", b">9<"),
            "/Envelope/Body/notifications/Notification/0/sObject/CSAT__c"),
    message("a score in words", 422, SOAP.replace(b">2.0<", f">{CANARY}<".encode()),
            "/Envelope/Body/notifications/Notification/0/sObject/CSAT__c"),
    message("a date of nonsense", 422, SOAP.replace(b"2026-03-02T11:30:00.000Z", CANARY.encode()),
            "/Envelope/Body/notifications/Notification/0/sObject/LastModifiedDate"),
    # --- what the vendor says -------------------------------------------------------------------------------------
    survey("no answer at all", 422, "", CANARY, "/event_type"),
    survey("null", 422, "", None, "/event_type"),
    survey("a list", 422, "", [CANARY], "/event_type"),
    survey("no form", 422, "form_response", ABSENT, "/form_response"),
    survey("a form unknown", 422, "form_response.form_id", CANARY, "/form_response/form_id"),
    survey("a form that is an object", 422, "form_response.form_id", {CANARY: 1}, "/form_response/form_id"),
    survey("no token", 422, "form_response.token", ABSENT, "/form_response/token"),
    survey("a time of nonsense", 422, "form_response.submitted_at", CANARY, "/form_response/submitted_at"),
    survey("a time before 2000", 422, "form_response.submitted_at", "1999-12-31T23:59:59Z",
         "/form_response/submitted_at"),
    survey("a time of the year 1", 422, "form_response.submitted_at", "0001-01-01T00:00:00Z",
         "/form_response/submitted_at"),
    survey("over 24 hours ahead", 422, "form_response.submitted_at", "2026-03-05T10:00:01Z", "/form_response"),
    survey("6 on 1-5", 422, SCORED, 6, "/form_response/answers/0/number"),
    survey("4.5 on 1-5", 422, SCORED, 4.5, "/form_response/answers/0/number"),
    survey("words for a number", 422, SCORED, CANARY, "/form_response/answers/0/number"),
    survey("true for a number", 422, SCORED, True, "/form_response/answers/0/number"),
    survey("an object for a number", 422, SCORED, {CANARY: 5}, "/form_response/answers/0/number"),
    survey("answers that are no list", 422, "form_response.answers", {CANARY: 1}, "/form_response/answers"),
    survey("fields that are no list", 422, "form_response.definition.fields", CANARY,
         "/form_response/definition/fields"),
    answered("a choice of which nothing is known", 422, "data.data.clqmood", CANARY, "/data/data/clqmood"),
    answered("an answer off its scale", 422, "data.data.clqease", "8", "/data/data/clqease"),
    answered("finished, in words", 422, "data.finished", CANARY, "/data/finished"),
    answered("no survey", 422, "data.surveyId", ABSENT, "/data/surveyId"),
    answered("no moment", 422, "data.updatedAt", ABSENT, "/data/updatedAt"),
    Case("zendesk: a placeholder that was not filled in", 422, "helpdesk",
         bent("helpdesk", "rating", "{{zx7.satisfaction.current_rating}}"), "/rating"),
    Case("zendesk: a word of which nothing is known", 422, "helpdesk", bent("helpdesk", "rating", CANARY), "/rating"),
    Case("zendesk: no ticket", 422, "helpdesk", bent("helpdesk", "ticket_id", ABSENT), None),
    Case("chatwoot: a rating off its scale", 422, "chat",
         bent("chat", "content_attributes.submitted_values.csat_survey_response.rating", 9),
         "/content_attributes/submitted_values/csat_survey_response/rating"),
    Case("hubspot: no list", 422, "hub", {"subscriptionType": CANARY}, ""),
    Case("hubspot: an entry that is none", 422, "hub", [CANARY], "/0/subscriptionType"),
    Case("hubspot: 501 entries", 413, "hub", [json.loads(first("hub").raw)[0]] * 501, ""),
    Case("hubspot: a moment of nonsense", 422, "hub", bent("hub", "0.occurredAt", CANARY, delivery=1), "/0/occurredAt"),
    Case("surveymonkey: a moment over 24 hours ahead", 422, "monkey",
         bent("monkey", "event_datetime", "2026-03-05T10:00:01+00:00"), ""),
    form("attributes that are no JSON", 422, "twilio", "/TaskAttributes", EventType="task.created", CallSid=ABSENT,
         TaskSid="WT1", Timestamp="1772443800", TaskAttributes="{zx7 canary"),
    form("attributes of 40 levels", 422, "twilio", "/TaskAttributes", EventType="task.created", CallSid=ABSENT,
         TaskSid="WT1", Timestamp="1772443800", TaskAttributes="[" * 40 + "]" * 40),
    form("no task", 422, "twilio", "/TaskSid", EventType="task.created", CallSid=ABSENT, Timestamp="1772443800"),
    form("a moment of nonsense", 422, "twilio", "/Timestamp", Timestamp=CANARY),
    form("a moment over 24 hours ahead", 422, "twilio", "", Timestamp="Thu, 05 Mar 2026 10:00:01 +0000"),
    form("a message that is no JSON", 422, "voice-of-customer", "/MSG", MSG=f"<a>{CANARY}</a>"),
    form("a survey unknown", 422, "voice-of-customer", "/MSG/SurveyID", MSG=MSG % ("SV_zx7", "R_1")),
    form("an id with a path in it", 422, "voice-of-customer", "/MSG/ResponseID", MSG=MSG % ("SV_0aB1cD2eF3", "../zx7")),
    lines("no line of a queue log", 422, f"{CANARY}\n", "/0"),
    lines("a line cut short", 422, "1772442000|1772442000.701|8000|zx7\n", "/0"),
    lines("the second line without its parameters", 422,
         "1772442000|1.7|8000|NONE|DID||1\n1772442001|1.7|8000|zx7|CONNECT|\n", "/1"),
    lines("a moment of nonsense", 422, f"{CANARY}|1.7|8000|NONE|ABANDON|1|1|13\n", "/0"),
    lines("a moment over 24 hours ahead", 422, "1772704801|1.7|8000|NONE|ABANDON|1|1|13\n", "/0"),
    lines("no call", 422, "1772442000|NONE|zx7|NONE|ABANDON|1|1|13\n", "/0"),
    lines("501 lines", 413, "1772442000|1.7|8000|NONE|DID||1\n" * 501, ""),
    lines("NUL", 400, b"1772442000|zx7\x00", ""),
    lines("not UTF-8", 400, b"1772442000|zx7\xff", ""),
    lines("an event of the manager without its call", 422, json.dumps({"Event": "AgentConnect",
         "Queue": CANARY}).encode(),
          "/Interface", type=JSON),
    Case("own: an envelope with another source", 422, "own-crm", {**EVENT, "source": "/crm/zx7"}, "/source"),
    Case("own: no envelope", 422, "own-crm", ANSWER, "/specversion"),
    Case("own: a field unknown", 422, "own-crm", {**EVENT, "data": {**EVENT["data"], "comments": CANARY}},
         "/data/comments"),
    Case("own: off its scale", 422, "own-crm", {**EVENT, "data": {**EVENT["data"], "value": 6}}, "/data"),
    Case("own: another tenant", 422, "own-crm", {**EVENT, "tenant": "umbrella"}, "/tenant"),
    Case("own: over 24 hours ahead", 422, "own-crm", {**EVENT, "time": "2026-03-05T10:00:01Z"}, "/time"),
    Case("own: 501 events", 413, "own-crm", [EVENT] * 501, "", "application/cloudevents-batch+json"),
    Case("own: bare, off its scale", 422, "legacy-survey", {**ANSWER, "value": 11}, ""),
    Case("own: bare, one of two", 422, "legacy-survey", [ANSWER, {**ANSWER, "customer_id": CANARY}], "/1/customer_id"),
    # --- no such source -----------------------------------------------------------------------------------------
    Case("a source that is none", 404, "zx7canary", b"{}", prove="not"),
    Case("a path behind the source", 404, f"after-call/{quote(CANARY)}", b"{}", prove="not"),
    Case("a path out of the webhooks", 404, "%2e%2e%2fzx7", b"{}", prove="not"),
    Case("a source of another script", 404, quote("zx7ё\r\nX-A: b"), b"{}", prove="not"),
]  # fmt: skip
BY_NAME = {case.says: case for case in CASES}


@dataclass
class Centre:
    app: ASGIApp
    sources: Sources
    broker: MemoryBroker
    keys: dict[str, str]

    async def post(self, case: Case) -> httpx.Response:
        url, headers, body = self._proved(case)
        transport = httpx.ASGITransport(self.app, client=(case.host, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as http:
            return await http.post(url, content=body, headers=[*headers, *case.headers.items()])

    def _proved(self, case: Case) -> tuple[str, list[tuple[str, str]], bytes]:
        found = self.sources.find(case.source)
        plain = [("content-type", case.type)]
        if found is None or case.prove == "not" or found.proof is Proof.ADDRESS:
            return path(case.source), plain, case.content
        if found.proof is Proof.KEY or case.prove == "key":
            return path(case.source), [*plain, *self._key(case)], case.content
        kind = FORM if case.prove == "as a form" else case.type
        try:
            scheme = found.signatures[format_of(found.vendor, kind)]
        except Unsupported:  # it is refused before anybody looks at a signature
            return path(case.source), plain, case.content
        return _signed(case, scheme, kind)

    def _key(self, case: Case) -> list[tuple[str, str]]:
        secret = {"nonsense": CANARY, "other key": self.keys["nobody"]}.get(case.prove, self.keys[case.source])
        return [("authorization", f"Bearer {secret}")] * (2 if case.prove == "twice" else 1)


def _signed(case: Case, scheme: Signature, kind: str) -> tuple[str, list[tuple[str, str]], bytes]:
    moment = NOW + timedelta(seconds={"old": -301, "ahead": 301}.get(case.prove, 0))
    secret = OTHER_SECRET if case.prove == "other secret" else signing.SECRET
    url = path("somewhere-else" if case.prove == "other address" else case.source)
    posted = signing.signed(scheme, PUBLIC_URL, url, case.content, kind, moment, secret=secret)
    return _spoilt(case, scheme, posted)


def _spoilt(case: Case, scheme: Signature, posted: signing.Posted) -> tuple[str, list[tuple[str, str]], bytes]:
    headers, body = {**posted.headers, "content-type": case.type}, posted.body
    place = scheme.place.name
    stamp = next((name for name in headers if name.endswith("timestamp")), "")
    match case.prove:
        case "nonsense" if isinstance(scheme.place, Header):
            headers[place] = scheme.prefix + CANARY
        case "nonsense":
            body = body.replace(f"{place}=".encode(), f"{place}=zx7".encode())
        case "altered":
            body = body.replace(b"1", b"2") if case.type != JSON else body + b" "
        case "moved":
            headers[stamp] = headers[stamp].replace("0", "1")
        case "timeless":
            headers[stamp] = CANARY
        case "one more field":
            body += b"&CallStatus=zx7"
        case "one more message":
            body += b"&MSG=%7B%7D"
    sent = [*headers.items(), *([(place, headers[place])] if case.prove == "twice" else [])]
    return posted.path.replace("somewhere-else", case.source), sent, body


@pytest.fixture
def centre() -> Centre:
    configured = [Configured(case.source, case.vendor, (SecretStr(signing.SECRET),)) for case in CASES_OF.values()]
    sources = Sources(configured, PUBLIC_URL)
    keys = {
        one.source.name: new_key(("events:write",), tenant=one.source.tenant, sources=one.source.voices)
        for one in configured
    }
    keys["nobody"] = new_key(("events:write",), sources=("somebody-else",))
    broker = MemoryBroker({topic.name: topic.partitions for topic in TOPICS})
    app = create_app(
        Store(MemoryPublisher(broker), Breaker()),
        Keyring(key.kept for key in keys.values()),
        sources=lambda: sources,
        clock=lambda: NOW,
    )
    return Centre(app, sources, broker, {name: key.secret for name, key in keys.items()})


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_bad_delivery_is_refused_with_a_reason_and_without_repeating_it(
    centre: Centre, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    case = BY_NAME[name]
    with structlog.testing.capture_logs() as logs:
        answer = await centre.post(case)
    assert answer.status_code == case.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == case.status
    assert problem["title"]
    if case.at is not None:
        assert case.at in [complaint["pointer"] for complaint in problem["errors"]]
    assert "zx7" not in f"{answer.text} {answer.headers} {logs} {caplog.text}".lower()
    assert not any(centre.broker.logs.values())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(centre.app), base_url="http://ingest") as http:
        told = (await http.get("/metrics")).text
    assert "zx7" not in told
    assert "amends_ingest_in_flight_requests 0.0" in told
    assert "amends_ingest_in_flight_bytes 0.0" in told


def test_the_corpus_has_no_two_cases_of_one_name() -> None:
    assert len(BY_NAME) == len(CASES) >= 60


@pytest.mark.parametrize("source", ["after-call", "in-app", "helpdesk", "legacy-survey", "own-crm"])
async def test_what_the_corpus_bends_is_accepted_unbent(centre: Centre, source: str) -> None:
    answer = await centre.post(Case("", 202, source, first(source).raw, type=first(source).content_type))
    assert answer.status_code == 202, answer.text
    assert any(centre.broker.logs.values())


@pytest.mark.parametrize("source", ["sfdc", "asterisk", "chat", "hub", "monkey", "twilio", "voice-of-customer"])
async def test_what_needs_the_database_gets_as_far_as_that(centre: Centre, source: str) -> None:
    answer = await centre.post(Case("", 503, source, first(source).raw, type=first(source).content_type))
    assert answer.status_code in (503, 204), answer.text
