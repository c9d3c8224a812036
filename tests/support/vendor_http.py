"""A vendor's HTTP API of the test's own: it reads whole requests, keeps them, and misbehaves by script."""

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, TypeVar


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass(frozen=True)
class Reply:
    """``body``: bytes as they are; a dict as JSON."""

    status: int
    body: dict[str, Any] | bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """In place of an answer."""

    kind: str


SILENCE = Fault("nothing at all")
DRIP = Fault("headers that never end, of which no byte is long in coming")
RESET = Fault("a broken connection")
LOST = Fault("done, and a broken connection")


@dataclass(frozen=True)
class Half:
    """An answer that breaks off in the middle of its body."""

    status: int


class Vendor(ABC):
    """It answers the next of ``script``, one a request; after that as the vendor would."""

    def __init__(self) -> None:
        self.port = 0
        self.script: deque[Reply | Fault | Half] = deque()
        self.asked: list[Asked] = []
        self.open_connections = 0
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def answer(self, asked: Asked) -> Reply:
        """What the vendor says; the place where it checks what it is sent."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_connections += 1
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            self.open_connections -= 1
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = await _read(reader)
        self.asked.append(asked)
        planned = self.script.popleft() if self.script else self.answer(asked)
        if isinstance(planned, Reply):
            _write(writer, planned)
            return True
        if planned == LOST:
            self.answer(asked)
        if isinstance(planned, Half):
            _write(writer, Reply(planned.status, b'{"ok": ', {"content-length": "400"}))
            await writer.drain()
        if planned == DRIP:
            await self._drip(writer)
        elif planned == SILENCE:
            gone = asyncio.ensure_future(reader.read(1))
            closing = asyncio.ensure_future(self._closing.wait())
            await asyncio.wait({gone, closing}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel(), closing.cancel()
        else:
            writer.transport.abort()
        return False

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nx-drip: ")
        while not self._closing.is_set():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.2)

    def end(self) -> None:
        self._closing.set()


async def _read(reader: asyncio.StreamReader) -> Asked:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
    method, path, _ = first.split(" ")
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    headers = {"content-length": str(len(body)), "content-type": "application/json", **reply.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {reply.status} Scripted\r\n{lines}\r\n".encode() + body)


V = TypeVar("V", bound=Vendor)


@contextlib.asynccontextmanager
async def serving(vendor: V) -> AsyncIterator[V]:
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(vendor.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    vendor.port = server.sockets[0].getsockname()[1]
    try:
        yield vendor
    finally:
        vendor.end()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
