"""Signing in and out of the boards, the link for screens, and the choice of appearance."""

import math
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from events.runtime.errors import Unavailable
from scoring.pages.access import LIFETIMES, Access, Role
from scoring.pages.limits import Limiter, address_of
from scoring.pages.rendering import APPEARANCE_COOKIE, APPEARANCES, Templates
from scoring.pages.selection import Unknown

Endpoint = Callable[[Request], Awaitable[Response]]

COOKIE = "amends_boards"
HOME = "/wallboard"
BOARDS = (HOME, "/recognition")
LARGEST_FORM = 4096
_YEAR = 365 * 24 * 3600
_SHUT = "Whoever runs Amends opens them by setting SCORING_BOARD_PASSPHRASE and starting the service again."


class Entrance:
    """Who is let in, and how."""

    def __init__(self, access: Access, templates: Templates, now: Callable[[], datetime]) -> None:
        self._access = access
        self._templates = templates
        self._now = now
        self._attempts = Limiter(1 / 6, 10)  # ten wrong passphrases at once, then ten a minute

    def routes(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)
        routes.add_route(f"{HOME}/sign-in", self.ask, methods=["GET"])
        routes.add_route(f"{HOME}/sign-in", self.enter, methods=["POST"])
        routes.add_route(f"{HOME}/sign-out", self.leave, methods=["POST"])
        routes.add_route(f"{HOME}/screens", self.guard(self.screens), methods=["GET"])
        routes.add_route(f"{HOME}/appearance", self.appear, methods=["POST"])
        return routes

    def role(self, request: Request) -> Role | None:
        """As whom this visitor has come in; None: not at all."""
        if self._access.passphrase is None:
            return None
        return self._access.role(request.cookies.get(COOKIE), self._now())

    def guard(self, endpoint: Endpoint) -> Endpoint:
        """Only for those who are in. Also says on a page what ``endpoint`` could not do."""

        async def guarded(request: Request) -> Response:
            if self._access.passphrase is None:
                return self._templates.message(request, "The boards are shut", _SHUT, 503)
            if token := request.query_params.get("display"):
                return self._by_link(request, token)
            if self.role(request) is None:
                return RedirectResponse(f"{HOME}/sign-in?{urlencode({'next': _address(request)})}", 303)
            return await answered(self._templates, endpoint, request)

        return guarded

    def _by_link(self, request: Request, token: str) -> Response:
        """The token leaves the address at once, so that neither a photo of the screen nor a referrer shows it."""
        if not self._access.is_display_token(token):
            text = "It was made before the passphrase changed, or is not whole. Ask for a new one, or sign in."
            return self._templates.message(request, "This link does not open the boards", text, 403)
        return self._let_in("display", _address(request))

    async def ask(self, request: Request) -> Response:
        if self._access.passphrase is None:
            return self._templates.message(request, "The boards are shut", _SHUT, 503)
        wanted = _board(request.query_params.get("next", ""))
        if self.role(request) is not None:
            return RedirectResponse(wanted, 303)
        return self._form(request, wanted)

    async def enter(self, request: Request) -> Response:
        form = await self._ours(request)
        if form is None:
            return self._foreign(request)
        wanted, address = _board(form.get("next", "")), address_of(request)
        if wait := self._attempts.wait(address, time.monotonic()):
            seconds = math.ceil(wait)
            refused = self._form(request, wanted, f"Too many attempts. Try again in {seconds} s.", 429)
            refused.headers["Retry-After"] = str(seconds)
            return refused
        if not self._access.opens(form.get("passphrase", "")):
            self._attempts.take(address, time.monotonic())
            return self._form(request, wanted, "That is not the passphrase.", 403)
        return self._let_in("person", wanted)

    async def leave(self, request: Request) -> Response:
        if await self._ours(request) is None:
            return self._foreign(request)
        answer = RedirectResponse(f"{HOME}/sign-in", 303)
        answer.delete_cookie(COOKIE)
        return answer

    async def screens(self, request: Request) -> Response:
        """Only for people: a screen must not tell passers-by how to open another."""
        if self.role(request) != "person":
            return self._templates.message(request, "Not on this screen", "Sign in with the passphrase for this.", 403)
        link = f"{self._access.public_url}{HOME}?{urlencode({'display': self._access.display_token})}"
        return self._templates.page(request, "screens.html", role="person", link=link)

    async def appear(self, request: Request) -> Response:
        form = await self._ours(request)
        if form is None:
            return self._foreign(request)
        chosen = form.get("appearance", "")
        answer = RedirectResponse(_board(form.get("next", "")), 303)
        if chosen in APPEARANCES:
            self._remember(answer, APPEARANCE_COOKIE, chosen, _YEAR)
        return answer

    def _let_in(self, role: Role, wanted: str) -> Response:
        answer = RedirectResponse(wanted, 303)
        lifetime = int(LIFETIMES[role].total_seconds())
        self._remember(answer, COOKIE, self._access.issue(role, self._now()), lifetime)
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _remember(self, answer: Response, name: str, text: str, seconds: int) -> None:
        answer.set_cookie(name, text, max_age=seconds, httponly=True, samesite="lax", secure=self._access.secure)

    def _form(self, request: Request, wanted: str, complaint: str = "", status: int = 200) -> Response:
        return self._templates.page(request, "sign_in.html", status, wanted=wanted, complaint=complaint)

    async def _ours(self, request: Request) -> dict[str, str] | None:
        """The fields of a form on one of our own pages; None where it came from elsewhere or is no such form."""
        origins = (self._access.public_url, f"{request.url.scheme}://{request.headers.get('host', '')}")
        if request.headers.get("origin") not in origins:
            return None
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_FORM:
                return None
        try:
            return dict(parse_qsl(body.decode("ascii"), max_num_fields=10))
        except ValueError:
            return None

    def _foreign(self, request: Request) -> Response:
        text = "The form came from elsewhere, or was open too long. Nothing was changed."
        return self._templates.message(request, "Please try again", text, 403)


async def answered(templates: Templates, endpoint: Endpoint, request: Request) -> Response:
    """What ``endpoint`` answers, or a page that says why it could not."""
    try:
        return await endpoint(request)
    except Unknown as error:
        return templates.message(request, "That cannot be shown", str(error), 422)
    except Unavailable:
        text = "The database does not answer. This page tries again by itself."
        found = templates.message(request, "Not available right now", text, 503)
        found.headers["Refresh"] = "5"
        return found


def _address(request: Request) -> str:
    """Where the visitor is, without the token of a link for screens."""
    kept = [(name, text) for name, text in request.query_params.multi_items() if name != "display"]
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")


def _board(wanted: str) -> str:
    """``wanted`` where it is a page of ours, else the wallboard: nobody is led elsewhere."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    if parts.scheme or parts.netloc or parts.path not in BOARDS:
        return HOME
    return parts.path + (f"?{parts.query}" if parts.query else "")
