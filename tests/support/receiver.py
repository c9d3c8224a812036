"""A web server of the test's own that keeps what is posted to it."""

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

from amends.local.ports import free_port
from support.serving import serving

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()

Reply = tuple[int, dict[str, str]]


@dataclass
class Receiver:
    """It answers ``script`` in turn, then 204; a number in the script waits that many seconds first.

    ``got``: headers and body of each request; ``at``: when it was there, monotonic.
    """

    port: int = field(default_factory=free_port)
    script: list[Reply | float] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    """When each of them came, by ``time.monotonic()``."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def verified(self, number: int = 0) -> dict[str, Any]:
        """The body, if Standard Webhooks finds signature and time in order."""
        headers, body = self.got[number]
        return dict(Webhook(SECRET).verify(body, headers))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return  # whoever sent it is gone, in the middle of it
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.at.append(time.monotonic())
        self.got.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        step = self.script.pop(0) if self.script else (204, {})
        if isinstance(step, float):
            await asyncio.sleep(step)
            step = (204, {})
        status, headers = step
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": b""})


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    async with serving(found, found.port):
        yield found
