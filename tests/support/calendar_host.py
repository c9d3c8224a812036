"""A web server of the test's own that has a calendar, and answers conditional requests as calendars' hosts do."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from amends.local.ports import free_port
from support.serving import serving

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class CalendarHost:
    """Has ``content`` at /team.ics, with its ETag. ``away``: what is answered instead, while it is set."""

    content: bytes = b""
    away: Answer | None = None
    port: int = field(default_factory=free_port)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/team.ics"

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        if self.away is not None and path == "/team.ics":
            return self.away
        etag = f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'
        if headers.get("if-none-match") == etag:
            return 304, {"etag": etag}, b""
        return 200, {"etag": etag, "content-type": "text/calendar"}, self.content

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append((scope["path"], headers))
        status, said, content = self.answer(scope["path"], headers)
        self.answered.append(status)
        encoded = [(name.encode(), value.encode()) for name, value in said.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": content})


@contextlib.asynccontextmanager
async def calendar_host(content: bytes = b"") -> AsyncIterator[CalendarHost]:
    found = CalendarHost(content)
    async with serving(found, found.port):
        yield found
