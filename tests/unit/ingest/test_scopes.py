"""What an API key may post: erasures need a scope of their own, and what only our services say nobody may post."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from events.catalog import EVENT_TYPES, POSTED, EventType
from events.runtime.api_keys import Keyring, new_key
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.topics import TOPICS
from ingest.app import create_app
from ingest.core.breaker import Breaker
from ingest.core.signing_schemes import SCHEMES
from ingest.core.source import Source
from ingest.sources.snapshot import Configured, Sources
from ingest.store.log import Store
from ingest.vendors import generic
from support import signing

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
JSON = "application/json"
ERASURE = {"customer_id": "zx7cus", "requested_at": "2026-03-02T09:00:00Z"}
MENTION = {"mention_id": "m-1", "network": "x", "published_at": "2026-03-02T09:30:00Z"}
OURS = [entry for entry in EVENT_TYPES if entry not in POSTED]


def event(type_: str = "customer.erased", data: Any = ERASURE, **more: str) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "e-1", "source": "/crm/acme", "type": type_, "data": data, **more}


def shapes(type_: str, data: Any) -> dict[str, tuple[str, Any, dict[str, str]]]:
    """Every way to post an event of that type: path, body, headers."""
    attributes = {f"ce-{name}": value for name, value in event(type_).items() if name != "data"}
    mixed = [event("mention.published", MENTION), event(type_, data, id="e-2")]
    return {
        "structured": ("/v1/events", event(type_, data), {"Content-Type": "application/cloudevents+json"}),
        "binary": ("/v1/events", data, {"Content-Type": JSON, **attributes}),
        "batch": ("/v1/events", mixed, {"Content-Type": "application/cloudevents-batch+json"}),
    }


ERASING = shapes("customer.erased", ERASURE) | {
    "plain": ("/v1/customers-erased", ERASURE, {"Content-Type": JSON}),
    "plain array": ("/v1/customers-erased", [ERASURE], {"Content-Type": JSON}),
}


async def post(edge: Any, sender: str, shape: tuple[str, Any, dict[str, str]]) -> httpx.Response:
    path, body, headers = shape
    answer: httpx.Response = await edge.http.post(
        path, content=json.dumps(body).encode(), headers={**edge.as_(sender), **headers}
    )
    return answer


@pytest.mark.parametrize("shape", ERASING)
async def test_a_key_that_writes_events_erases_nobody(edge: Any, shape: str) -> None:
    answer = await post(edge, "writer", ERASING[shape])
    assert answer.status_code == 403
    assert "erasure:write" in answer.json()["detail"]
    assert "zx7" not in answer.text
    assert edge.records() == []


@pytest.mark.parametrize("shape", [name for name in ERASING if name != "batch"])
async def test_a_key_that_erases_needs_no_other_scope(edge: Any, shape: str) -> None:
    assert (await post(edge, "eraser", ERASING[shape])).status_code == 202
    (found,) = edge.events()
    assert (found.type, found.data.customer_id) == ("customer.erased", "zx7cus")
    (record,) = edge.records()
    assert record.partition.topic == "customers"


async def test_a_key_that_erases_may_post_nothing_else(edge: Any) -> None:
    for shape in (*shapes("mention.published", MENTION).values(), ("/v1/mentions", MENTION, {"Content-Type": JSON})):
        answer = await post(edge, "eraser", shape)
        assert answer.status_code == 403
        assert "events:write" in answer.json()["detail"]
    assert edge.records() == []


async def test_a_batch_of_both_needs_both_scopes(edge: Any) -> None:
    assert (await post(edge, "eraser", ERASING["batch"])).status_code == 403
    assert (await post(edge, "writer", ERASING["batch"])).status_code == 403
    assert edge.records() == []
    assert (await post(edge, "any", ERASING["batch"])).status_code == 202
    assert [found.type for found in edge.events()].count("customer.erased") == 1


def of_ours(entry: EventType) -> Any:
    return entry.payload.model_config["json_schema_extra"]["example"]  # type: ignore[index]


@pytest.mark.parametrize("shape", shapes("", {}))
@pytest.mark.parametrize("entry", OURS, ids=lambda entry: entry.name)
async def test_what_our_services_say_nobody_may_post(edge: Any, entry: EventType, shape: str) -> None:
    answer = await post(edge, "any", shapes(entry.name, of_ours(entry))[shape])
    assert answer.status_code == 422
    (complaint,) = answer.json()["errors"]
    assert complaint["code"] == "unknown-type"
    assert entry.name not in complaint["detail"]
    assert edge.records() == []


def test_what_our_services_say_has_no_route() -> None:
    assert {entry.by for entry in OURS} == {"alerting", "profile-sync", "scoring"}
    assert all(entry.plural is None for entry in OURS)


# -- webhooks

OWN, SIGNED = (
    Source.model_validate({"name": name, "vendor": "generic", "tenant": "acme", "speaks_for": ["/crm/acme"], **more})
    for name, more in (("own", {}), ("signed", {"signature": "standard-webhooks", "secrets": ["s"]}))
)


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker({topic.name: topic.partitions for topic in TOPICS})


KEYS = {
    "writer": new_key(("events:write",), tenant="acme", sources=("/crm/acme",)),
    "any": new_key(("events:write", "erasure:write"), tenant="acme", sources=("/crm/acme",)),
}


async def deliver(broker: MemoryBroker, source: Source, document: Any, sender: str = "writer") -> httpx.Response:
    empty = {"options": generic.Options()}
    configured = [
        Configured(OWN.model_copy(update=empty), generic.VENDOR),
        Configured(SIGNED.model_copy(update=empty), generic.VENDOR, (SecretStr(signing.SECRET),)),
    ]
    sources = Sources(configured, "http://ingest")
    app = create_app(
        Store(MemoryPublisher(broker), Breaker()),
        Keyring(key.kept for key in KEYS.values()),
        sources=lambda: sources,
        clock=lambda: NOW,
    )
    path, raw = f"/v1/webhooks/{source.name}", json.dumps(document).encode()
    headers = {"Authorization": f"Bearer {KEYS[sender].secret}", "Content-Type": JSON}
    if source is SIGNED:
        headers = signing.signed(SCHEMES["standard-webhooks"], "", path, raw, JSON, NOW).headers
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as http:
        return await http.post(path, content=raw, headers=headers)


@pytest.mark.parametrize("source", [OWN, SIGNED], ids=lambda source: source.name)
@pytest.mark.parametrize("document", [event(), [event("mention.published", MENTION), event(id="e-2")]])
async def test_a_webhook_erases_nobody_without_the_scope(broker: MemoryBroker, source: Source, document: Any) -> None:
    answer = await deliver(broker, source, document)
    assert answer.status_code == 403, answer.text
    assert "erasure:write" in answer.json()["detail"]
    assert not any(broker.logs.values())
    assert (await deliver(broker, source, event("mention.published", MENTION))).status_code == 202


async def test_a_webhook_erases_with_a_key_that_may(broker: MemoryBroker) -> None:
    assert (await deliver(broker, OWN, event(), "any")).status_code == 202


@pytest.mark.parametrize("source", [OWN, SIGNED], ids=lambda source: source.name)
async def test_a_webhook_says_nothing_in_our_services_stead(broker: MemoryBroker, source: Source) -> None:
    for entry in OURS:
        answer = await deliver(broker, source, event(entry.name, of_ours(entry)), "any")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-type")
    assert not any(broker.logs.values())
