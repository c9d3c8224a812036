"""The HTTP API: one file a resource."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime import api_page
from events.runtime.api_keys import Keyring
from profile_sync.api import consent, parked, preferences, review, summary, sweeps
from profile_sync.core.doubt import SURE


def router(engine: AsyncEngine, keyring: Keyring, *, sure: float = SURE) -> APIRouter:
    """``sure``: the least confidence that needs no person."""
    routes = APIRouter()
    for part in (
        preferences.router(engine, keyring),
        review.router(engine, keyring, sure),
        consent.router(engine, keyring, sure),
        parked.router(engine, keyring),
        sweeps.router(engine, keyring),
        summary.router(engine, keyring),
    ):
        routes.include_router(part, responses=api_page.REFUSALS)

    @routes.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("docs")

    return routes
