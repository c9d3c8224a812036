"""The desk's routes. GET shows, POST acts; each POST proves that it comes from a page of ours."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from alerting.core.case import Action, Claim, Close, Contact, Refusal
from alerting.desk import visitor, words
from alerting.desk.entrance import Endpoint, Entrance
from alerting.desk.pages import HOME, Pages
from alerting.desk.visitor import Access, Door, Forged
from alerting.store.cases import Cases
from alerting.store.views import Views
from events.problems import from_validation_error
from events.runtime.errors import Unavailable

MOST_SHOWN = 200
_BLANK = {"outcome": "", "cause": "", "words": "", "note": ""}


def create_desk(access: Access, zone: ZoneInfo, cases: Cases, views: Views, now: Callable[[], datetime]) -> Starlette:
    """The application behind ``/desk``."""
    pages = Pages(zone, now)
    routes: list[Route | Mount] = [Mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))]
    if access.passphrase is None:
        routes.append(Route("/{rest:path}", _shut(pages)))
    else:
        entrance = Entrance(access, Door(access.passphrase), pages)
        desk = Desk(access, entrance, cases, views, pages, zone, now)
        routes += [*entrance.routes(), *desk.routes()]
    session = Middleware(
        SessionMiddleware,
        secret_key=access.session_key,
        session_cookie="amends_desk",
        max_age=visitor.SESSION_SECONDS,
        path="/desk",
        same_site="strict",
        https_only=access.public_url.startswith("https:"),
    )
    return Starlette(routes=routes, middleware=[session], exception_handlers=_complaints(pages))


def _shut(pages: Pages) -> Endpoint:
    async def shut(request: Request) -> Response:
        text = "Whoever runs Amends opens it by setting ALERTING_DESK_PASSPHRASE and starting the service again."
        return pages.message(request, "The desk is shut", text, 503)

    return shut


class Desk:
    """What waits, one case, and the three things to do with it."""

    def __init__(
        self,
        access: Access,
        entrance: Entrance,
        cases: Cases,
        views: Views,
        pages: Pages,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._entrance = entrance
        self._cases = cases
        self._views = views
        self._pages = pages
        self._zone = zone
        self._now = now

    def routes(self) -> list[Route]:
        guard = self._entrance.guard
        return [
            Route("/", guard(self.overview), methods=["GET"]),
            Route("/cases/{case_id:uuid}", guard(self.case), methods=["GET"]),
            Route("/cases/{case_id:uuid}/claim", guard(self.claim), methods=["POST"]),
            Route("/cases/{case_id:uuid}/contacted", guard(self.contacted), methods=["POST"]),
            Route("/cases/{case_id:uuid}/close", guard(self.close), methods=["POST"]),
        ]

    async def overview(self, request: Request) -> Response:
        tenant = self._access.tenant
        waiting = await self._views.unsettled(tenant, MOST_SHOWN)
        closed = await self._views.closed_since(tenant, words.start_of_day(self._now(), self._zone), MOST_SHOWN)
        totals = await self._views.totals(tenant)
        return self._pages.render(request, "overview.html", waiting=waiting, closed=closed, totals=totals)

    async def case(self, request: Request) -> Response:
        return await self._show(request)

    async def claim(self, request: Request) -> Response:
        return await self._act(request, Claim)

    async def contacted(self, request: Request) -> Response:
        return await self._act(request, Contact)

    async def close(self, request: Request) -> Response:
        return await self._act(request, Close)

    async def _act(self, request: Request, kind: type[Action]) -> Response:
        form = await visitor.read_form(request, self._access)
        values = _values(form, request.session["name"])
        try:
            action = kind.model_validate(values)
        except ValidationError as error:
            complaint = words.complaint(from_validation_error(error, values).problems)
            return await self._show(request, complaint, form, 422)
        result = await self._cases.act(self._access.tenant, request.path_params["case_id"], action)
        if isinstance(result, Refusal):
            return await self._show(request, f"{result.why.message} Nothing was changed.", form, 409)
        return RedirectResponse(f"{HOME}cases/{request.path_params['case_id']}", 303)

    async def _show(
        self, request: Request, complaint: str = "", form: dict[str, str] | None = None, status: int = 200
    ) -> Response:
        found = await self._views.one(self._access.tenant, request.path_params["case_id"])
        if found is None:
            raise HTTPException(404)
        return self._pages.render(
            request,
            "case.html",
            status,
            found=found,
            case=found.case,
            complaint=complaint,
            form={**_BLANK, **(form or {})},
        )


def _values(form: dict[str, str], name: str) -> dict[str, object]:
    """The fields of an action. One text field serves both the remedy and the reason for dismissing."""
    values: dict[str, object] = {key: text for key, text in form.items() if text and key not in ("version", "words")}
    version = form.get("version", "")
    values |= {"by": name, "version": int(version) if version.isascii() and version.isdigit() else 0}
    if form.get("words"):
        values["reason" if form.get("outcome") == "dismissed" else "remedy"] = form["words"]
    if form.get("outcome") == "dismissed":
        values.pop("cause", None)
    return values


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
