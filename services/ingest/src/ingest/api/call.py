"""A request as our own routes see it, and their answer: plain ASGI, since these are the hot paths."""

import os
import re
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)


class Call:
    """One request.

    Attributes:
        headers: names in lower case; one that was sent twice has both values, joined by a comma.
        request_id: the sender's ``X-Request-Id`` where it is an identifier, else our own.
        source: which of the sources we know it is from, once that is clear; for counting.
        verdict: of its signature, where that was the trouble; for the log alone.
    """

    __slots__ = ("headers", "receive", "request_id", "scope", "source", "verdict")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.headers = _headers(scope["headers"])
        self.source: str | None = None
        self.verdict: str | None = None
        given = self.headers.get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else os.urandom(12).hex()

    @property
    def host(self) -> str | None:
        """The address of the sender, or of a proxy we don't trust."""
        client = self.scope.get("client")
        return client[0] if client else None


def _headers(raw: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1")
        text = value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def send(self, send: Send, request_id: str) -> None:
        headers = [
            *self.headers,
            (b"content-length", str(len(self.body)).encode()),
            (b"x-request-id", request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


JSON = (b"content-type", b"application/json")
