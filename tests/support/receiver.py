"""A web server of the test's own that keeps what is posted to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from amends.local.ports import free_port
from support.until import until


@dataclass
class Receiver:
    port: int = field(default_factory=free_port)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.got.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    server = uvicorn.Server(uvicorn.Config(found, host="127.0.0.1", port=found.port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server._serve())  # not serve(): the test keeps its signals
    try:
        await until(lambda: server.started, "the receiver listens", seconds=10)
        yield found
    finally:
        server.should_exit = True
        await serving
