"""The routes."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.api_keys import Keyring
from events.runtime.api_page import REFUSALS
from events.runtime.guard import require
from scoring.api import charts, contacts, metrics
from scoring.api.reading import Reading
from scoring.core.retention import Retention
from scoring.store.panes import Panes


def router(
    engine: AsyncEngine,
    panes: Panes,
    keyring: Keyring,
    now: Callable[[], datetime],
    retention: Retention = Retention(),  # noqa: B008  (frozen)
) -> APIRouter:
    """Every route needs a key with the scope ``metrics:read``, and answers for the tenant of that key."""
    routes = APIRouter(tags=["metrics"], responses=REFUSALS)
    caller, reading = require(keyring, "metrics:read"), Reading(engine, panes, retention, now)

    @routes.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/wallboard")

    for part in (metrics, charts, contacts):
        part.add(routes, caller, reading)
    return routes
