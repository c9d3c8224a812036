"""Who may post, how often, and from where; and how one request is followed through to its record."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr
from starlette.types import ASGIApp

from events.runtime.api_keys import Keyring, new_key
from events.runtime.logs import places
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.topics import TOPICS
from ingest.api.access import Access
from ingest.app import Limits, create_app
from ingest.core import caller
from ingest.core.breaker import Breaker
from ingest.core.bucket import Buckets
from ingest.core.gate import MAX_BYTES, MAX_REQUESTS, STRANGERS, Gate
from ingest.core.signing_schemes import TYPEFORM
from ingest.core.source import Rate
from ingest.sources.snapshot import Configured, Sources
from ingest.store.log import Store
from support import golden, signing
from support.until import until

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MENTION = {"mention_id": "m-1", "network": "x", "published_at": "2026-03-02T09:30:00Z"}
EVENT = {"specversion": "1.0", "id": "e-1", "source": "/s", "type": "mention.published", "data": MENTION}
RATING = golden.load(golden.FOLDER / "typeform/rating-and-comment.yaml")
OWN = golden.load(golden.FOLDER / "generic/cloudevents.yaml")
HOOK, OWN_HOOK = f"/v1/webhooks/{RATING.source.name}", f"/v1/webhooks/{OWN.source.name}"
JSON = "application/json"
HERE = "192.0.2.1"


@dataclass
class Edge:
    """Ingest with a clock that stands still until it is told otherwise."""

    app: ASGIApp
    broker: MemoryBroker
    gate: Gate
    key: str
    other_key: str
    expired: str
    now: list[float] = field(default_factory=lambda: [1000.0])

    async def post(self, path: str, content: Any = None, host: str | None = HERE, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        transport.client = (host, 50_000) if host else None  # type: ignore[assignment]
        named = {name.replace("_", "-").lower(): value.encode("latin-1") for name, value in headers.items()}
        sent = {"content-type": JSON.encode()} | named
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as http:
            return await http.post(path, content=raw, headers=sent)

    async def report(self, host: str | None = HERE, key: str | None = None, **headers: str) -> httpx.Response:
        return await self.post("/v1/mentions", MENTION, host, Authorization=f"Bearer {key or self.key}", **headers)

    async def rate(self, host: str | None = HERE, secret: str = signing.SECRET, **headers: str) -> httpx.Response:
        raw = RATING.deliveries[0].raw
        posted = signing.signed(TYPEFORM, "", HOOK, raw, JSON, NOW, secret=secret)
        return await self.post(HOOK, raw, host, **{**posted.headers, **headers})

    async def tried(self, times: int, attempt: Callable[[], Awaitable[httpx.Response]]) -> list[int]:
        return [(await attempt()).status_code for _ in range(times)]

    def records(self) -> list[Any]:
        return [record for log in self.broker.logs.values() for record in log]


def edge_of(monkeypatch: pytest.MonkeyPatch, *, trusted_proxies: str = "", networks: Sequence[str] = ()) -> Edge:
    broker = MemoryBroker({topic.name: topic.partitions for topic in TOPICS})
    keys = [new_key(("events:write",)) for _ in range(2)]
    tenants = new_key(("events:write",), tenant=OWN.source.tenant)
    expired = new_key(("events:write",), expires_at=NOW - timedelta(seconds=1))
    gate, now = Gate(), [1000.0]
    allowed = type(RATING.source).model_validate(
        {**RATING.source.model_dump(), "allow_from": networks, "rate": Rate(per_second=2, burst=3)}
    )
    sources = Sources(
        [
            Configured(
                allowed.model_copy(update={"options": RATING.source.options}),
                RATING.vendor,
                (SecretStr(signing.SECRET),),
            ),
            Configured(OWN.source, OWN.vendor),
        ]
    )
    monkeypatch.setattr("ingest.app.Access", partial(Access, clock=lambda: now[0]))
    app = create_app(
        Store(MemoryPublisher(broker), Breaker()),
        Keyring([key.kept for key in (*keys, tenants, expired)], clock=lambda: NOW),
        sources=lambda: sources,
        limits=Limits(calls=Buckets(2, 5), gate=gate, trusted_proxies=trusted_proxies),
        clock=lambda: NOW,
    )
    return Edge(app, broker, gate, keys[0].secret, keys[1].secret, expired.secret, now)


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Edge:
    return edge_of(monkeypatch)


# -- how often


async def test_a_key_has_its_burst_then_waits_as_long_as_it_is_told(edge: Edge) -> None:
    assert await edge.tried(5, edge.report) == [202] * 5
    refused = await edge.report()
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["content-type"] == "application/problem+json"
    edge.now[0] += 0.49
    assert (await edge.report()).status_code == 429
    edge.now[0] += 1
    assert await edge.tried(3, edge.report) == [202, 202, 429]
    assert len(edge.records()) == 7


async def test_another_key_from_the_same_address_is_not_held_back(edge: Edge) -> None:
    await edge.tried(6, edge.report)
    assert (await edge.report(key=edge.other_key)).status_code == 202


async def test_a_source_has_a_pace_of_its_own(edge: Edge) -> None:
    assert await edge.tried(4, edge.rate) == [202, 202, 202, 429]
    assert (await edge.rate()).headers["retry-after"] == "1"
    assert (await edge.report()).status_code == 202
    edge.now[0] += 1
    assert await edge.tried(3, edge.rate) == [202, 202, 429]


async def test_what_is_not_signed_uses_up_nothing_of_what_a_source_may_send(edge: Edge) -> None:
    await edge.tried(9, partial(edge.rate, secret="another"))
    assert await edge.tried(4, edge.rate) == [202, 202, 202, 429]


# -- those who have no good credentials


async def test_eleven_failures_a_minute_from_one_address_are_too_many(edge: Edge) -> None:
    async def bad() -> httpx.Response:
        return await edge.report(key=f"amk_aaaaaaaa_{'a' * 43}")

    assert await edge.tried(12, bad) == [401] * 10 + [429] * 2
    assert int((await bad()).headers["retry-after"]) == 6
    edge.now[0] += 6
    assert await edge.tried(2, bad) == [401, 429]
    edge.now[0] += 60
    assert await edge.tried(11, bad) == [401] * 10 + [429]
    assert edge.records() == []


async def test_every_way_of_having_none_counts_together(edge: Edge) -> None:
    ways: list[Callable[[], Awaitable[httpx.Response]]] = [
        partial(edge.post, "/v1/mentions", MENTION),
        partial(edge.report, key="nonsense"),
        partial(edge.report, key=edge.expired),
        partial(edge.report, key=f"amk_aaaaaaaa_{'a' * 43}"),
        partial(edge.post, HOOK, b"{}"),
        partial(edge.rate, secret="another"),
        partial(edge.rate, typeform_signature="sha256=nonsense"),
        partial(edge.post, OWN_HOOK, b"{}"),
    ]
    assert [(await attempt()).status_code for attempt in ways] == [401] * 8
    assert await edge.tried(3, ways[0]) == [401, 401, 429]
    assert [(await attempt()).status_code for attempt in ways] == [429] * 8


async def test_somebody_s_failures_never_hold_back_the_good_from_the_same_address(edge: Edge) -> None:
    await edge.tried(12, partial(edge.report, key="nonsense"))
    assert (await edge.report()).status_code == 202
    assert (await edge.rate()).status_code == 202


async def test_many_good_requests_never_make_a_failure_look_like_too_many(edge: Edge) -> None:
    await edge.tried(20, edge.report)
    assert (await edge.report(key="nonsense")).status_code == 401


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        (None, None, True),
    ],
)
async def test_failures_are_counted_by_address(
    edge: Edge, first: str | None, second: str | None, together: bool
) -> None:
    await edge.tried(11, partial(edge.report, host=first, key="nonsense"))
    assert (await edge.report(host=second, key="nonsense")).status_code == (429 if together else 401)


async def test_a_flood_of_addresses_costs_bounded_memory() -> None:
    buckets = Buckets[str](1, 1, most=100)
    for number in range(1000):
        buckets.take(caller.neighbourhood(f"10.0.{number // 250}.{number % 250}"), 0.0)
    assert len(buckets._buckets) == 100


# -- from where


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (HERE, 202),
        (f"::ffff:{HERE}", 202),
        ("2001:db8::7", 202),
        ("198.51.100.7", 403),
        ("::ffff:198.51.100.7", 403),
        ("2001:db9::7", 403),
        ("not an address", 403),
        (None, 403),
    ],
)
async def test_a_source_is_posted_to_from_its_networks(
    monkeypatch: pytest.MonkeyPatch, host: str | None, status: int
) -> None:
    edge = edge_of(monkeypatch, networks=("192.0.2.0/24", "2001:db8::/32"))
    assert (await edge.rate(host)).status_code == status


@pytest.mark.parametrize("trusted", ["10.0.0.1", "10.0.0.0/8", "172.16.0.1,10.0.0.1", "172.16.0.1, 10.0.0.1"])
async def test_a_trusted_proxy_says_who_called_and_nobody_else_does(
    monkeypatch: pytest.MonkeyPatch, trusted: str
) -> None:
    edge = edge_of(monkeypatch, trusted_proxies=trusted, networks=("192.0.2.0/24",))
    told = {"X-Forwarded-For": "192.0.2.9"}
    assert (await edge.rate("10.0.0.1", **told)).status_code == 202
    assert (await edge.rate("198.51.100.7", **told)).status_code == 403
    spoofed = {"X-Forwarded-For": "192.0.2.9, 198.51.100.7"}  # a proxy adds whom it saw at the end
    assert (await edge.rate("10.0.0.1", **spoofed)).status_code == 403


async def test_without_a_trusted_proxy_no_header_changes_who_called(edge: Edge) -> None:
    for number in range(11):
        await edge.report(key="nonsense", X_Forwarded_For=f"203.0.113.{number}")
    assert (await edge.report(key="nonsense", X_Forwarded_For="203.0.113.99")).status_code == 429


# -- those who hold a place and prove nothing


async def held(edge: Edge, host: str, body: bytes = b"{") -> asyncio.Task[None]:
    """A delivery of which no more comes."""
    pieces = [{"type": "http.request", "body": body, "more_body": True}]

    async def receive() -> Any:
        return pieces.pop() if pieces else await asyncio.Event().wait()

    async def send(_: Any) -> None:
        return

    scope = {
        "type": "http",
        "method": "POST",
        "path": HOOK,
        "raw_path": HOOK.encode(),
        "query_string": b"",
        "headers": [(b"content-type", JSON.encode())],
        "client": (host, 50_000),
    }
    return asyncio.ensure_future(edge.app(scope, receive, send))


@pytest.fixture
async def holding() -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks: list[asyncio.Task[None]] = []
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_address_cannot_hold_the_places_of_all_others(edge: Edge, holding: list[asyncio.Task[None]]) -> None:
    share = MAX_REQUESTS // STRANGERS**2
    holding += [await held(edge, "198.51.100.7") for _ in range(share + 20)]
    await until(lambda: edge.gate.requests == share, "its share is held, and no more")
    assert (await edge.rate("198.51.100.7")).status_code == 503
    assert (await edge.rate()).status_code == 202
    assert (await edge.report()).status_code == 202


async def test_one_address_cannot_hold_the_bytes_of_all_others(edge: Edge, holding: list[asyncio.Task[None]]) -> None:
    share = MAX_BYTES // STRANGERS**2
    holding += [await held(edge, "198.51.100.7", b" " * 1_000_000) for _ in range(20)]
    await until(lambda: edge.gate.requests == share // 1_000_000, "its share is held, and no more")
    assert edge.gate.bytes <= share
    assert (await edge.rate()).status_code == 202


async def test_all_strangers_together_leave_room_for_those_with_a_key(
    edge: Edge, holding: list[asyncio.Task[None]]
) -> None:
    share = MAX_REQUESTS // STRANGERS
    holding += [await held(edge, f"10.0.{number % 200}.1") for number in range(share + 50)]
    await until(lambda: edge.gate.requests == share, "their share is held, and no more")
    refused = await edge.rate()
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    assert (await edge.report()).status_code == 202


async def test_what_strangers_held_is_given_back_when_they_go(edge: Edge) -> None:
    tasks = [await held(edge, f"10.0.{number}.1", b" " * 1000) for number in range(50)]
    await until(lambda: edge.gate.bytes == 50_000, "they are being read")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (edge.gate.requests, edge.gate.bytes) == (0, 0)
    assert (await edge.rate()).status_code == 202


async def test_without_the_key_of_its_source_no_body_is_read(edge: Edge) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge.app), base_url="http://ingest") as http:
        answer = await http.post(OWN_HOOK, content=never(), headers={"Content-Type": JSON})
    assert answer.status_code == 401


# -- following a request

IDS = {"X-Request-Id": "req-7.a:b", "traceparent": TRACE, "tracestate": "a=1,b=2"}


async def accepted(edge: Edge, shape: str, headers: dict[str, str]) -> httpx.Response:
    with_key = {"Authorization": f"Bearer {edge.key}", **headers}
    match shape:
        case "single":
            return await edge.post("/v1/events", EVENT, **with_key | {"content_type": "application/cloudevents+json"})
        case "batch":
            kind = {"content_type": "application/cloudevents-batch+json"}
            return await edge.post("/v1/events", [EVENT, {**EVENT, "id": "e-2"}], **with_key | kind)
        case "binary":
            attributes = {"ce-specversion": "1.0", "ce-id": "e", "ce-source": "/s", "ce-type": "mention.published"}
            return await edge.post("/v1/events", MENTION, **with_key | attributes)
        case "plain":
            return await edge.report(**headers)
    return await edge.rate(**headers)


@pytest.mark.parametrize("shape", ["single", "batch", "binary", "plain", "webhook"])
async def test_the_request_id_and_the_trace_context_go_on_with_every_record(edge: Edge, shape: str) -> None:
    answer = await accepted(edge, shape, IDS)
    assert answer.status_code == 202, answer.text
    assert answer.headers["x-request-id"] == "req-7.a:b"
    records = edge.records()
    assert records
    for record in records:
        headers = dict(record.headers)
        assert headers["ce_requestid"] == b"req-7.a:b"
        assert headers["ce_traceparent"] == TRACE.encode()
        assert headers["ce_tracestate"] == b"a=1,b=2"


@pytest.mark.parametrize("shape", ["single", "batch", "binary", "plain", "webhook"])
@pytest.mark.parametrize(
    "given",
    ["", "x" * 129, "a b", "zx7 canary@example.org", "a\tb", "ё".encode().decode("latin-1"), "a;b", "a, b", "<script>"],
)
async def test_a_request_id_that_is_none_is_replaced_by_ours(edge: Edge, shape: str, given: str) -> None:
    spoilt = {"X-Request-Id": given, "traceparent": "00-zx7", "tracestate": "zx7" * 200}
    answer = await accepted(edge, shape, spoilt)
    assert answer.status_code == 202, answer.text
    ours = answer.headers["x-request-id"]
    assert len(ours) == 24
    assert "zx7" not in ours
    for record in edge.records():
        headers = dict(record.headers)
        assert headers["ce_requestid"] == ours.encode()
        assert "ce_traceparent" not in headers


@pytest.mark.parametrize(
    "path", ["/v1/nowhere", "/healthz", "/metrics", "/openapi.json", HOOK, "/v1/webhooks/nobody", "/v1/events"]
)
async def test_every_answer_has_a_request_id(edge: Edge, path: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge.app), base_url="http://ingest") as http:
        answer = await http.get(path, headers={"X-Request-Id": "r-9"})
        assert answer.headers.get_list("x-request-id") == ["r-9"]
        answer = await http.get(path)
        assert len(answer.headers["x-request-id"]) == 24


# -- nothing personal anywhere

CANARY = "zx7canary"


async def test_a_source_that_a_sender_makes_up_gets_no_label_of_its_own(edge: Edge) -> None:
    edge.now[0] += 1
    for number in range(3):
        source = {"source": f"/{CANARY}/{number}", "id": f"e-{number}"}
        headers = {"Authorization": f"Bearer {edge.key}", "Content-Type": "application/cloudevents+json"}
        assert (await edge.post("/v1/events", {**EVENT, **source}, **headers)).status_code == 202
    await edge.post(f"/v1/webhooks/{CANARY}", b"{}")
    await edge.post(f"/{CANARY}", b"{}")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge.app), base_url="http://ingest") as http:
        told = (await http.get("/metrics")).text
    assert CANARY not in told
    assert 'amends_ingest_source_events_total{source="other"} 3.0' in told


@pytest.mark.parametrize("way", ["report", "rate"])
async def test_what_breaks_is_logged_without_what_was_said(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(edge.broker, "append", broken)
    with structlog.testing.capture_logs() as logs:
        answer = await getattr(edge, way)()
    assert answer.status_code == 500
    (line,) = [line for line in logs if "exc_info" in line]
    assert places(line.pop("exc_info"))[0] == "RuntimeError"  # all that is written of it, beside where it was
    assert CANARY not in f"{logs} {answer.text}"
