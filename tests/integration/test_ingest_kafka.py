"""Ingest in front of a real broker: 202 means the record is there, and Kafka may go and come."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from amends.local.kafka import KafkaServer
from events import codec
from events.catalog import POSTED
from events.runtime.api_keys import Keyring, new_key
from events.runtime.kafka import KafkaPublisher
from ingest.app import create_app
from ingest.core.breaker import Breaker
from ingest.store.log import Store
from support.broker import read_all
from support.until import until

MENTION = {"mention_id": "m-1", "network": "x", "published_at": "2026-03-02T09:30:00Z"}


@asynccontextmanager
async def sender(bootstrap: str) -> AsyncIterator[httpx.AsyncClient]:
    key = new_key(("events:write", "erasure:write"), tenant="acme", sources=("/test",))
    publisher = KafkaPublisher(bootstrap, client_id="ingest-test")
    app = create_app(Store(publisher, Breaker()), Keyring((key.kept,)))
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {key.secret}"}
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=headers) as http:
            yield http
    finally:
        await publisher.close()


async def mentions(bootstrap: str) -> list[Any]:
    return [codec.decode(tuple(record.headers), record.value) for record in await read_all(bootstrap, "mentions")]


@pytest.mark.parametrize("entry", POSTED, ids=lambda entry: entry.name)
async def test_what_was_accepted_is_in_its_topic(topics: str, entry: Any) -> None:
    example = entry.payload.model_config["json_schema_extra"]["example"]
    async with sender(topics) as http:
        answer = await http.post(f"/v1/{entry.plural}", json=example)
    assert answer.status_code == 202
    (record,) = await read_all(topics, entry.topic.name)
    found = codec.decode(tuple(record.headers), record.value)
    assert [found.id] == answer.json()["ids"]
    assert (found.type, found.tenant, found.source) == (entry.name, "acme", "/test")
    assert found.data == codec.payload(entry.name, example)
    assert record.key == codec.key(found)
    assert abs(record.timestamp / 1000 - found.recorded_at.timestamp()) < 60
    headers = dict(record.headers)
    assert headers["content-type"] == b"application/json"
    assert headers["ce_specversion"] == b"1.0"


async def test_a_customer_s_reports_share_a_partition_and_keep_their_order(topics: str) -> None:
    batch = [{**MENTION, "customer_id": f"cus-{number % 5}", "revision": number} for number in range(500)]
    async with sender(topics) as http:
        assert (await http.post("/v1/mentions", json=batch)).json()["accepted"] == 500
    records = await read_all(topics, "mentions")
    assert len(records) == 500
    seen: dict[bytes, list[tuple[int, int]]] = {}
    for record in records:
        revision = codec.decode(tuple(record.headers), record.value).data.version
        seen.setdefault(record.key, []).append((record.partition, revision))
    for places in seen.values():
        assert len({partition for partition, _ in places}) == 1
        assert [revision for _, revision in places] == sorted(revision for _, revision in places)


async def test_a_broker_that_dies_and_comes_back_needs_no_restart_of_ours(topics: str, kafka: KafkaServer) -> None:
    async with sender(topics) as http:
        assert (await http.post("/v1/mentions", json={**MENTION, "revision": 1})).status_code == 202
        kafka.kill()

        began = time.monotonic()
        first = await http.post("/v1/mentions", json={**MENTION, "revision": 2})
        assert first.status_code == 503
        assert int(first.headers["retry-after"]) >= 1
        assert 4 < time.monotonic() - began < 20

        times = []
        for _ in range(5):
            began = time.perf_counter()
            later = await http.post("/v1/mentions", json={**MENTION, "revision": 3})
            times.append(time.perf_counter() - began)
            assert (later.status_code, "retry-after" in later.headers) == (503, True)
        assert sorted(times)[2] < 1, "not tried, so not waited for"
        assert (await http.get("/readyz")).status_code == 200

        kafka.start()

        async def accepted() -> bool:
            return (await http.post("/v1/mentions", json={**MENTION, "revision": 4})).status_code == 202

        await until(accepted, "a request is accepted again", seconds=30)
    stored = {found.data.revision for found in await mentions(topics)}
    assert {1, 4} <= stored  # 2 is unknown to us, as the answer said
    assert 3 not in stored


async def test_it_starts_without_kafka_and_accepts_once_kafka_is_there(topics: str, kafka: KafkaServer) -> None:
    kafka.stop()
    async with sender(topics) as http:
        assert (await http.post("/v1/mentions", json=MENTION)).status_code == 503
        assert (await http.get("/readyz")).status_code == 200
        kafka.start()

        async def accepted() -> bool:
            return (await http.post("/v1/mentions", json=MENTION)).status_code == 202

        await until(accepted, "a request is accepted", seconds=30)
    assert len({found.identity for found in await mentions(topics)}) == 1
