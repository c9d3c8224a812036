"""When Kafka is away, or too much comes at once: what senders are told, and how soon."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from events.runtime.api_keys import Keyring, new_key
from events.runtime.errors import Unavailable
from events.runtime.stream import Outgoing
from ingest.app import Limits, create_app
from ingest.core.breaker import Breaker
from ingest.core.gate import Gate
from ingest.store.log import NotTried, Store
from support.until import until

MENTION = {"mention_id": "m-1", "network": "x", "published_at": "2026-03-02T09:30:00Z"}


class Slow:
    """A publisher that answers when it is let, as Kafka does when it is away: not at all, at first."""

    def __init__(self) -> None:
        self.waiting = 0
        self.let = asyncio.Event()
        self.away = False

    async def publish(self, records: Sequence[Outgoing]) -> None:
        self.waiting += 1
        try:
            await self.let.wait()
        finally:
            self.waiting -= 1
        if self.away:
            raise Unavailable("kafka: TimeoutError")


def sender(publisher: Any, **options: Any) -> httpx.AsyncClient:
    key = new_key(("events:write",))
    store = Store(publisher, options.pop("breaker", None) or Breaker())
    app = create_app(store, Keyring((key.kept,)), limits=Limits(**options))
    headers = {"Authorization": f"Bearer {key.secret}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest", headers=headers)


async def test_a_failure_is_answered_503_with_retry_after_and_the_next_ones_without_a_try(edge: Any) -> None:
    edge.broker.away = True
    first = await edge.http.post("/v1/mentions", json=MENTION)
    assert first.status_code == 503
    assert int(first.headers["retry-after"]) >= 1
    assert "may be stored or not" in first.json()["detail"]

    second = await edge.http.post("/v1/mentions", json=MENTION)
    assert second.status_code == 503
    assert "Nothing was stored" in second.json()["detail"]
    assert await edge.metric('amends_ingest_rejected_total{reason="store-away"}') == 2
    assert await edge.metric('amends_ingest_breaker_state{state="open"}') == 1


async def test_it_is_ready_while_kafka_is_away(edge: Any) -> None:
    edge.broker.away = True
    await edge.http.post("/v1/mentions", json=MENTION)
    assert (await edge.http.get("/readyz")).status_code == 200


async def test_it_accepts_again_when_kafka_is_back(edge: Any) -> None:
    edge.broker.away = True
    assert (await edge.http.post("/v1/mentions", json=MENTION)).status_code == 503
    edge.broker.away = False

    async def accepted() -> bool:
        return (await edge.http.post("/v1/mentions", json=MENTION)).status_code == 202

    await until(accepted, "a request is accepted", seconds=5)
    assert await edge.metric('amends_ingest_breaker_state{state="closed"}') == 1


async def test_no_202_before_kafka_has_it() -> None:
    slow = Slow()
    async with sender(slow) as http:
        request = asyncio.ensure_future(http.post("/v1/mentions", json=MENTION))
        await until(lambda: slow.waiting, "the record is sent")
        done, _ = await asyncio.wait([request], timeout=0.05)
        assert not done
        slow.let.set()
        assert (await request).status_code == 202


async def test_beyond_so_many_requests_in_flight_it_says_so() -> None:
    slow, gate = Slow(), Gate(max_requests=3)
    async with sender(slow, gate=gate) as http:
        held = [asyncio.ensure_future(http.post("/v1/mentions", json=MENTION)) for _ in range(3)]
        await until(lambda: slow.waiting == 3, "three are in flight")
        answer = await http.post("/v1/mentions", json=MENTION)
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        slow.let.set()
        assert [(await request).status_code for request in held] == [202] * 3
        assert (await http.post("/v1/mentions", json=MENTION)).status_code == 202
        assert (gate.requests, gate.bytes) == (0, 0)


async def test_beyond_so_many_bytes_in_flight_it_says_so() -> None:
    slow, gate = Slow(), Gate(max_bytes=100)
    async with sender(slow, gate=gate) as http:
        held = asyncio.ensure_future(http.post("/v1/mentions", json=MENTION))
        await until(lambda: slow.waiting, "one is in flight")
        assert (await http.post("/v1/mentions", json=MENTION)).status_code == 503
        slow.let.set()
        assert (await held).status_code == 202


async def test_of_many_requests_one_probes_and_the_others_do_not_wait_for_it() -> None:
    now = 100.0
    slow = Slow()
    store = Store(slow, Breaker(rest=1.0), clock=lambda: now)
    slow.away = True
    slow.let.set()
    with pytest.raises(Unavailable):
        await store.publish(())
    slow.let.clear()
    now += 1.0
    probe = asyncio.ensure_future(store.publish(()))
    await until(lambda: slow.waiting == 1, "the probe is out")
    for _ in range(3):
        with pytest.raises(NotTried):
            await store.publish(())
    slow.away = False
    slow.let.set()
    await probe
    await store.publish(())


async def test_a_probe_that_is_cancelled_leaves_room_for_the_next() -> None:
    now = 100.0
    slow = Slow()
    slow.away = True
    slow.let.set()
    store = Store(slow, Breaker(rest=1.0), clock=lambda: now)
    with pytest.raises(Unavailable):
        await store.publish(())
    slow.let.clear()
    now += 1.0
    probe = asyncio.ensure_future(store.publish(()))
    await until(lambda: slow.waiting == 1, "the probe is out")
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    now += 1.0
    slow.away = False
    slow.let.set()
    await store.publish(())


async def test_while_kafka_is_known_to_be_away_no_body_is_read(edge: Any) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    edge.broker.away = True
    headers = {"Content-Type": "application/json"}
    assert (await edge.http.post("/v1/mentions", json=MENTION)).status_code == 503
    assert (await edge.http.post("/v1/mentions", content=never(), headers=headers)).status_code == 503
