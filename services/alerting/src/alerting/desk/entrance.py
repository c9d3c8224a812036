"""Signing in and out of the desk."""

import math
from collections.abc import Awaitable, Callable
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.core.case import Name
from alerting.desk import visitor
from alerting.desk.pages import HOME, Pages
from alerting.desk.visitor import Access, Door

Endpoint = Callable[[Request], Awaitable[Response]]

_NAME: TypeAdapter[str] = TypeAdapter(Name)


class Entrance:
    """Who is let in, and the way there and back."""

    def __init__(self, access: Access, door: Door, pages: Pages) -> None:
        self._access = access
        self._door = door
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in", self.ask, methods=["GET"]),
            Route("/sign-in", self.enter, methods=["POST"]),
            Route("/sign-out", self.leave, methods=["POST"]),
        ]

    def guard(self, endpoint: Endpoint) -> Endpoint:
        """Only for people who have signed in; others are asked to, and then brought back."""

        async def guarded(request: Request) -> Response:
            if visitor.signed_in(request):
                return await endpoint(request)
            if request.method != "GET":
                text = "Nothing was changed. Sign in and do it again."
                return self._pages.message(request, "You are not signed in any more", text, 403)
            if visitor.from_elsewhere(request):
                return self._again(request)
            case = request.path_params.get("case_id")
            return RedirectResponse(f"{HOME}sign-in" + (f"?case={case}" if case else ""), 303)

        return guarded

    def _again(self, request: Request) -> Response:
        """The session cookie does not come along with a link from another site, but does when we link ourselves."""
        return self._pages.message(request, "One moment", "Opening the desk …", again=True)

    async def ask(self, request: Request) -> Response:
        if visitor.signed_in(request):
            return RedirectResponse(HOME, 303)
        if visitor.from_elsewhere(request):
            return self._again(request)  # a new session here would end the one whose cookie was held back
        visitor.begin(request)
        return self._form(request, _case_of(request.query_params.get("case")))

    async def enter(self, request: Request) -> Response:
        form = await visitor.read_form(request, self._access)
        case, name = _case_of(form.get("case")), form.get("name", "")
        if wait := self._door.wait(request):
            seconds = math.ceil(wait)
            refused = self._form(request, case, name, f"Too many attempts. Try again in {seconds} s.", 429)
            refused.headers["Retry-After"] = str(seconds)
            return refused
        try:
            name = _NAME.validate_python(name)
        except ValidationError:
            return self._form(request, case, "", "Please give your name, at most 80 characters.", 422)
        if not self._door.opens(request, form.get("passphrase", "")):
            return self._form(request, case, name, "That is not the passphrase.", 403)
        visitor.sign_in(request, name)
        return RedirectResponse(f"{HOME}cases/{case}" if case else HOME, 303)

    async def leave(self, request: Request) -> Response:
        await visitor.read_form(request, self._access)
        request.session.clear()
        return RedirectResponse(f"{HOME}sign-in", 303)

    def _form(
        self, request: Request, case: UUID | None, name: str = "", complaint: str = "", status: int = 200
    ) -> Response:
        return self._pages.render(request, "sign_in.html", status, case=case, name=name, complaint=complaint)


def _case_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
