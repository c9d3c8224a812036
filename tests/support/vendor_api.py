"""A vendor's API of the test's own that misbehaves by script, down to the bytes on the wire."""

import asyncio
import contextlib
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Step = Callable[["VendorApi", str, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Asked:
    """One request as it came. ``answered``: when its answer began, on the same monotonic clock; None before."""

    at: float
    path: str
    headers: dict[str, str]
    answered: float | None = None


class VendorApi:
    """It answers each path by its script, one step a request; after that with the path's document."""

    def __init__(self) -> None:
        self.port = 0
        self.script: dict[str, deque[Step]] = defaultdict(deque)
        self.documents: dict[str, Any] = {}
        self.asked: list[Asked] = []
        self.before: Step | None = None
        self.closing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def then(self, path: str, *steps: Step) -> None:
        self.script[path].extend(steps)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        asked = Asked(time.monotonic(), first.split(" ")[1], headers)
        self.asked.append(asked)
        if self.before is not None:
            await self.before(self, asked.path, writer)
        waiting = self.script[asked.path]
        step = waiting.popleft() if waiting else document
        await step(self, asked.path, writer)
        asked.answered = time.monotonic()
        await writer.drain()


async def document(api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
    """What the path has, or 404."""
    if path in api.documents:
        answer(writer, 200, json.dumps(api.documents[path]).encode())
    else:
        answer(writer, 404)


def answer(writer: asyncio.StreamWriter, status: int, body: bytes = b"{}", **headers: str) -> None:
    named = {"content_type": "application/json", "content_length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items() if value)
    writer.write(f"HTTP/1.1 {status} Scripted\r\nConnection: close\r\n{lines}\r\n".encode() + body)


def status(code: int, body: bytes = b"{}", **headers: str) -> Step:
    async def step(api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
        answer(writer, code, body, **headers)

    return step


def slowly(seconds: float, then: Step = document) -> Step:
    async def step(api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await then(api, path, writer)

    return step


async def silence(api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
    await api.closing.wait()


async def reset(api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
    """Half of a document, then the connection is gone."""
    answer(writer, 200, b'{"id": "half', content_length="400")
    await writer.drain()
    writer.transport.abort()


async def cut(api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
    """A document without length that ends in the middle, which only its text can tell."""
    answer(writer, 200, b'{"id": "half', content_length="")


async def drip(api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that no time between two bytes is long."""
    answer(writer, 200, b"{", content_length="100000")
    while not api.closing.is_set():
        await asyncio.sleep(0.02)
        writer.write(b" ")
        await writer.drain()


async def endless(api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
    """A document without length that would never end."""
    answer(writer, 200, b'{"comment": "', content_length="")
    while not api.closing.is_set():
        writer.write(b"x" * 65536)
        await writer.drain()


@dataclass
class Gate:
    """A step that holds its answer back until ``open``. ``held``: how many wait."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    held: int = 0

    async def __call__(self, api: VendorApi, path: str, writer: asyncio.StreamWriter) -> None:
        self.held += 1
        await self.open.wait()
        await document(api, path, writer)


@contextlib.asynccontextmanager
async def vendor_api() -> AsyncIterator[VendorApi]:
    api = VendorApi()
    serving: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(api.serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    api.port = server.sockets[0].getsockname()[1]
    try:
        yield api
    finally:
        api.closing.set()
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await server.wait_closed()
