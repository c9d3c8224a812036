"""profile-sync's API on a real database, and customers who say something."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import profile_sync
from events.envelope import Event
from events.interaction import Interaction
from events.preference import Preference
from events.runtime import api_page
from events.runtime.api_keys import SCOPES, Keyring, Scope, new_key
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from profile_sync import api
from profile_sync.core.extract import Extractor, extractors
from profile_sync.core.extract.found import Found, Span
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.handler import NotePreferences
from profile_sync.telemetry import Telemetry

SCHEMA, MIGRATIONS = "profile_sync", Path(profile_sync.__file__).parent / "migrations"
NOW = datetime.now(UTC)
Finds = tuple[str, Preference, float]
"""Words, what they mean, and how sure."""


def reader(*finds: Finds) -> Extractor:
    """An extractor that knows a few words, wherever they stand."""

    def find(response: SurveyResponse) -> list[Found]:
        comment = response.comment or ""
        places = ((comment.find(words), words, meant, sure) for words, meant, sure in finds)
        return [Found(meant, sure, Span(at, at + len(words))) for at, words, meant, sure in places if at >= 0]

    return Extractor("text", 7, find, reads_between=True)


@dataclass
class Desk:
    """An API, a key that may do everything, and the handler that hears customers."""

    engine: AsyncEngine
    app: FastAPI
    key: str
    weaker: str
    handler: NotePreferences

    async def ask(self, method: str, path: str, key: str | None = None, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://api") as http:
            return await http.request(method, path, headers=headers, **options)

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(self, path: str, method: str = "POST", **said: Any) -> Any:
        answer = await self.ask(method, path, json={"by": "Dana", **said})
        assert answer.status_code in (200, 202), answer.text
        return answer.json()

    async def say(self, id_: str, comment: str | None = None, *, customer: str = "cus-42", **fields: Any) -> None:
        """The customer answers a survey. ``after``: minutes later than others."""
        at = NOW + timedelta(minutes=fields.pop("after", 0))
        document = {
            "response_id": f"r-{id_}",
            "customer_id": customer,
            "instrument": "csat",
            "scale": "1-5",
            "value": 2,
            "submitted_at": at.isoformat(),
            "comment": comment,
        }
        await self.hear(
            Event(
                f"{id_}-{len(fields)}", "/survey", "default", NOW, NOW, SurveyResponse.model_validate(document | fields)
            )
        )

    async def come(self, number: int, channel: str = "chat", customer: str = "cus-42") -> None:
        at = NOW - timedelta(days=30 - number)
        fields = {
            "interaction_id": f"{customer}-{number}",
            "channel": channel,
            "offered_at": at,
            "customer_id": customer,
        }
        await self.hear(
            Event(f"came-{customer}-{number}", "/pbx", "default", at, at, Interaction.model_validate(fields))
        )

    async def hear(self, *events: Event[Any]) -> None:
        async with transaction(self.engine) as tx:
            await self.handler(tx, events)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with transaction(self.engine) as tx:
            return [tuple(row) for row in await tx.execute(text(query))]

    async def do(self, statement: str) -> None:
        async with transaction(self.engine) as tx:
            await tx.execute(text(statement))


@asynccontextmanager
async def desk(database_url: str, *finds: Finds, weaker: Scope = "preferences:read") -> AsyncIterator[Desk]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    key, other = new_key(SCOPES), new_key((weaker,))
    app = api_page.create(FastAPI, title="profile-sync", version="1")
    app.include_router(api.router(engine, Keyring([key.kept, other.kept])))
    handler = NotePreferences((*extractors(NO_ANSWERS)[:2], reader(*finds)), Telemetry(CollectorRegistry()))
    try:
        yield Desk(engine, app, key.secret, other.secret, handler)
    finally:
        await engine.dispose()
