"""The routes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime import problem_details
from events.runtime.api_keys import Keyring
from events.runtime.guard import require
from scoring.api import charts, contacts, metrics
from scoring.api.reading import Reading
from scoring.core.retention import Retention
from scoring.store.panes import Panes

_PROBLEM: dict[str, Any] = {"content": {problem_details.MEDIA_TYPE: {}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No valid API key.", **_PROBLEM},
    403: {"description": "The API key lacks the scope `metrics:read`.", **_PROBLEM},
    503: {"description": "The database is away; ask again.", **_PROBLEM},
}


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
