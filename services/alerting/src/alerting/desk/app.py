"""The desk put together. GET shows, POST acts; each POST proves that it comes from a page of ours."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.acting import Cases
from alerting.core.duty import Duty
from alerting.desk import entrance
from alerting.desk.case_page import CasePage
from alerting.desk.causes import CausesPage
from alerting.desk.customer_preferences import CustomerPreferencesPage
from alerting.desk.incidents import Incidents
from alerting.desk.live import Hub
from alerting.desk.lost import LostCustomers
from alerting.desk.pages import Pages
from alerting.desk.preference_acts import PreferenceActs
from alerting.desk.preferences import PreferencesPage
from alerting.desk.queue import Queue
from alerting.desk.room import Room
from alerting.desk.security import SecurityHeaders
from alerting.desk.stream import watch
from alerting.desk.supervising import Supervising
from alerting.desk.visitor import Access, Forged
from alerting.preferences_client import PreferencesClient
from events.runtime.assets import Assets
from events.runtime.errors import Unavailable

PAGES = (
    Queue,
    CasePage,
    Supervising,
    CausesPage,
    Incidents,
    LostCustomers,
    PreferencesPage,
    CustomerPreferencesPage,
    PreferenceActs,
)
"""THE list of the desk's own pages; each says its routes."""


def create_desk(
    access: Access,
    engine: AsyncEngine,
    zone: ZoneInfo,
    cases: Cases,
    duty: Duty,
    hub: Hub,
    now: Callable[[], datetime],
    preferences: PreferencesClient | None = None,
) -> Starlette:
    """The application behind ``/desk``. ``hub.run`` is a job of the service."""
    assets = Assets(Path(__file__).parent / "static")
    pages = Pages(assets, zone, now, with_preferences=preferences is not None)
    door = entrance.create(access, engine, pages)
    room = Room(access, door, engine, pages, cases, duty, zone, preferences)

    async def live(request: Request) -> Response:
        return watch(request, hub, assets.edition, door.still)

    routes = [
        Route("/static/{name}", assets.serve, methods=["GET"]),
        *door.routes(),
        Route("/live", door.guard(live), methods=["GET"]),
        Route("/cases/{case_id:uuid}/live", door.guard(live), methods=["GET"]),
        *(route for page in PAGES for route in page(room).routes()),
    ]
    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)], exception_handlers=_complaints(pages))


def _complaints(pages: Pages) -> dict[object, Callable[[Request, Exception], Awaitable[Response]]]:
    async def forged(request: Request, _: Exception) -> Response:
        text = "The page was open too long, or the form came from elsewhere. Nothing was changed. Go back and reload."
        return pages.message(request, "Please try again", text, 403)

    async def away(request: Request, _: Exception) -> Response:
        text = "The database does not answer. If you were saving something, look whether it is there before repeating."
        return pages.message(request, "Not available right now", text, 503)

    async def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        title = "There is no such page" if status == 404 else "That did not work"
        return pages.message(request, title, "The list of cases is a good place to go on from.", status)

    return {Forged: forged, Unavailable: away, HTTPException: http}
