"""A visitor before the desk: keeps cookies, sends the origin with forms, takes hidden fields along, as browsers do."""

import html
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from alerting.desk import entrance, visitor
from alerting.desk.pages import Pages
from alerting.desk.security import SecurityHeaders
from alerting.desk.visitor import Access, Forged
from events.runtime.assets import Assets

ORIGIN = "http://desk.test"
_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


def only_the_entrance(access: Access, engine: AsyncEngine) -> Starlette:
    """The desk with nothing behind its door but pages that say who is there."""
    static = Path(visitor.__file__).parent / "static"
    pages = Pages(Assets(static), ZoneInfo("UTC"), lambda: datetime.now(UTC))
    door = entrance.create(access, engine, pages)

    async def who(request: Request) -> Response:
        found = visitor.present(request)
        return PlainTextResponse(f"{found.name} {found.role} {found.source}")

    async def act(request: Request) -> Response:
        await visitor.read_form(request, access)
        return PlainTextResponse("done")

    async def still(request: Request) -> Response:
        return PlainTextResponse(str(await door.still(request)))

    async def forged(request: Request, _: Exception) -> Response:
        return PlainTextResponse("forged", 403)

    routes = [
        *door.routes(),
        Route("/", door.guard(who), methods=["GET"]),
        Route("/cases/{case_id:uuid}", door.guard(who), methods=["GET"]),
        Route("/supervisors", door.guard(who, "supervisor"), methods=["GET"]),
        Route("/admins", door.guard(who, "admin"), methods=["GET"]),
        Route("/act", door.guard(act), methods=["POST"]),
        Route("/still", door.guard(still), methods=["GET"]),
    ]
    desk = Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)], exception_handlers={Forged: forged})
    return Starlette(routes=[Mount("/desk", desk)])


class Browser:
    """``address``: where it comes from."""

    def __init__(self, app: Any, address: str = "192.0.2.7", origin: str = ORIGIN) -> None:
        transport = httpx.ASGITransport(app=app, client=(address, 12345))
        self.origin = origin
        self.http = httpx.AsyncClient(transport=transport, base_url=origin)
        self.page = httpx.Response(200)

    @property
    def text(self) -> str:
        return html.unescape(self.page.text)

    async def open(self, path: str, *, follow: bool = True, **headers: str) -> httpx.Response:
        self.page = await self.http.get(path, headers=headers, follow_redirects=follow)
        return self.page

    async def submit(
        self, path: str, origin: str | None = "own", *, follow: bool = True, **fields: str
    ) -> httpx.Response:
        """The form that the page shows, or one that goes to ``path`` and has its hidden fields."""
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(self.page.text)}
        said = self.origin if origin == "own" else origin
        headers = {"origin": said} if said else {}
        self.page = await self.http.post(path, data={**hidden, **fields}, headers=headers, follow_redirects=follow)
        return self.page

    async def sign_in(self, login: str, password: str, *, follow: bool = True) -> httpx.Response:
        await self.open("/desk/sign-in")
        return await self.submit("/desk/sign-in", login=login, password=password, follow=follow)

    async def enter(self, name: str, passphrase: str, *, follow: bool = True) -> httpx.Response:
        await self.open("/desk/sign-in")
        return await self.submit("/desk/sign-in", name=name, passphrase=passphrase, follow=follow)

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
