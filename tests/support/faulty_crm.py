"""A CRM behind a script: it answers badly as planned, and keeps every request it got."""

import asyncio
import contextlib
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from support.until import until

ASGI = Callable[[Any, Any, Any], Awaitable[None]]
Fault = Callable[["FaultyCrm", ASGI, Any, Any, Any], Awaitable[None]]


@dataclass
class Seen:
    """One request as the CRM got it, and when it was answered. ``held``: the state it names, by either header."""

    at: float
    method: str
    path: str
    key: str | None
    held: str | None
    token: str | None
    body: bytes
    fault: str | None
    answered: float | None = None


class FaultyCrm:
    """A CRM behind a script: the next faults of each customer's reads and writes, in order, then by ``chance``."""

    def __init__(self, crm: ASGI, chance: Callable[[str, str], tuple[str | None, Fault]] | None = None) -> None:
        self.crm = crm
        self.chance = chance or (lambda method, path: (None, honest))
        self.script: dict[tuple[str, str], deque[tuple[str, Fault]]] = defaultdict(deque)
        self.seen: list[Seen] = []
        self.slow = 0.0
        self.closing = asyncio.Event()

    def then(self, method: str, customer: str, *faults: tuple[str, Fault]) -> None:
        self.script[method, f"/profiles/{customer}"].extend(faults)

    def writes(self, customer: str) -> list[Seen]:
        return [s for s in self.seen if s.method == "PATCH" and s.path == f"/profiles/{customer}"]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.crm(scope, receive, send)
        method, path = scope["method"], scope["path"]
        waiting = self.script[method, path]
        name, fault = waiting.popleft() if waiting else self.chance(method, path)
        said = {name.decode(): value.decode() for name, value in scope["headers"]}
        at, body = time.monotonic(), await _body(receive)
        held = said.get("if-match") or said.get("if-none-match")
        seen = Seen(at, method, path, said.get("idempotency-key"), held, said.get("authorization"), body, name)
        self.seen.append(seen)
        await asyncio.sleep(self.slow)
        await fault(self, self.crm, scope, _again(body), self._noting(seen, send))

    def _noting(self, seen: Seen, send: Any) -> Any:
        async def noting(message: Any) -> None:
            seen.answered = seen.answered or time.monotonic()
            await send(message)

        return noting


async def _body(receive: Any) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


def _again(body: bytes) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    return receive


async def honest(_: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
    await crm(scope, receive, send)


def answering(status: int, body: bytes = b"{}", **headers: str) -> tuple[str, Fault]:
    """Does nothing and says so."""

    async def fault(_: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
        found = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": found})
        await send({"type": "http.response.body", "body": body})

    return str(status), fault


def slowly(seconds: float, then: tuple[str | None, Fault] = (None, honest)) -> tuple[str, Fault]:
    name, answer = then

    async def fault(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(seconds)
        await answer(self, crm, scope, receive, send)

    return f"slowly {name or 'done'}", fault


def _swallowing(then: Callable[[FaultyCrm, Any], Awaitable[None]]) -> Fault:
    async def fault(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
        async def nowhere(_: Any) -> None: ...

        await crm(scope, receive, nowhere)
        await then(self, send)

    return fault


async def _never(self: FaultyCrm, send: Any) -> None:
    await self.closing.wait()


async def _reset(self: FaultyCrm, send: Any) -> None:
    headers = [(b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x", "more_body": True})


async def _silent(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
    await self.closing.wait()


async def _cut(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
    await _reset(self, send)


WRITES_THEN_HANGS: tuple[str, Fault] = ("writes then hangs", _swallowing(_never))
WRITES_THEN_RESETS: tuple[str, Fault] = ("writes then resets", _swallowing(_reset))
HANGS: tuple[str, Fault] = ("hangs", _silent)
RESETS: tuple[str, Fault] = ("resets", _cut)


def written_then(status: int) -> tuple[str, Fault]:
    async def answer(_: FaultyCrm, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return f"writes then {status}", _swallowing(answer)


def human_first(name: str, value: Any) -> tuple[str, Fault]:
    """A person saves an edit between our reading and our writing, so that the CRM itself answers 412."""

    async def fault(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
        await by_hand(crm, scope["path"].rsplit("/", 1)[1], name, value)
        await crm(scope, receive, send)

    return f"412 after {name}={value}", fault


async def by_hand(crm: ASGI, customer: str, name: str, value: str) -> None:
    transport = httpx.ASGITransport(app=crm)
    async with httpx.AsyncClient(transport=transport, base_url="http://crm") as person:
        answer = await person.post(f"/customers/{customer}", data={"field": name, "value": value})
        assert answer.status_code == 303, answer.text


@contextlib.asynccontextmanager
async def listening(app: ASGI, port: int) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", access_log=False))
    with contextlib.ExitStack() as quiet:
        server.capture_signals = lambda: quiet  # type: ignore[method-assign]  # pytest keeps its signals
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started, "the CRM listens")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving
