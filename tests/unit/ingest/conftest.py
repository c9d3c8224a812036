"""Ingest as its senders see it: HTTP in front, Kafka's in-memory twin behind."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from events import codec
from events.runtime.api_keys import ApiKey, Keyring, new_key
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.runtime.stream import Record
from events.topics import TOPICS
from ingest.app import create_app
from ingest.core.breaker import Breaker
from ingest.store.log import Store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@dataclass
class Edge:
    """A sender's view, and what came of it. ``key`` may post everything for any source of tenant ``acme``."""

    app: ASGIApp
    http: httpx.AsyncClient
    broker: MemoryBroker
    key: ApiKey
    secrets: dict[str, str]

    def as_(self, name: str) -> dict[str, str]:
        """The header of another sender: ``writer``, ``eraser``, ``one-source``, ``two-sources``, ``reader``."""
        return {"Authorization": f"Bearer {self.secrets[name]}"}

    def records(self) -> list[Record]:
        return [record for log in self.broker.logs.values() for record in log]

    def events(self) -> list[Any]:
        return [codec.decode(record.headers, record.value) for record in self.records()]

    async def metric(self, line: str) -> float:
        """The value of one time series, such as ``amends_ingest_events_total{type="…"}``."""
        text = (await self.http.get("/metrics")).text
        return float(next(row for row in text.splitlines() if row.startswith(f"{line} ")).rsplit(" ", 1)[1])


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    keys = {
        "any": new_key(("events:write", "erasure:write"), tenant="acme"),
        "writer": new_key(("events:write",), tenant="acme"),
        "eraser": new_key(("erasure:write",), tenant="acme"),
        "one-source": new_key(("events:write",), tenant="acme", sources=("/crm/acme",)),
        "two-sources": new_key(("events:write",), tenant="acme", sources=("/crm/acme", "/pbx/acme")),
        "reader": new_key(("metrics:read",), tenant="acme"),
    }
    broker = MemoryBroker({topic.name: topic.partitions for topic in TOPICS})
    app = create_app(
        Store(MemoryPublisher(broker), Breaker()), Keyring(tuple(key.kept for key in keys.values())), clock=lambda: NOW
    )
    secrets = {name: key.secret for name, key in keys.items()}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://ingest",
        headers={"Authorization": f"Bearer {secrets['any']}"},
    ) as http:
        yield Edge(app, http, broker, keys["any"].kept, secrets)
