"""Scoring's HTTP API over a database of the test's own, after what the test says has happened."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from events.hours.business import Calendars
from events.runtime import api_page
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import transaction
from scoring import api
from scoring.handler import Handler
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.metrics import scoring_database

KEY = new_key(("metrics:read",))
OTHER = new_key(("metrics:read",), tenant="other")
BLIND = new_key(("events:write",))


async def happened(engine: AsyncEngine, events: Iterable[Event[Any]], calendars: Calendars | None = None) -> None:
    """As the service applies what it reads from Kafka."""
    async with transaction(engine) as tx:
        await Handler(Sums(0), calendars or Calendars())(tx, list(events))


@asynccontextmanager
async def scoring_api(
    database_url: str, events: Iterable[Event[Any]], now: datetime
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key of the default tenant. The API's clock stands at ``now``."""
    async with scoring_database(database_url) as engine:
        await happened(engine, events)
        app = api_page.create(FastAPI, title="scoring", version="1", description="")
        app.include_router(api.router(engine, Panes(), Keyring((KEY.kept, OTHER.kept, BLIND.kept)), lambda: now))
        headers = {"Authorization": f"Bearer {KEY.secret}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://scoring", headers=headers) as client:
            yield client
