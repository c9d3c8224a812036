"""Server-sent events to one browser: dropped when it goes or takes nothing, ended when told."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

RETRY_MS = 1000
SEND_SECONDS = 15.0
"""A screen that is switched off would hold its connection for hours."""
LONGEST_SECONDS = 3600.0


class EventStream(Response):
    """Sends ``frames`` as they come; the first says after how long the browser connects again.

    Args:
        frames: each a whole event as it is sent; when there are no more, the stream ends.
        leave: called once, however it ends.
        patience: seconds after which a viewer that takes nothing is dropped.
    """

    def __init__(
        self, frames: AsyncIterator[bytes], leave: Callable[[], None], *, patience: float = SEND_SECONDS
    ) -> None:
        super().__init__(media_type="text/event-stream")
        self._frames = frames
        self._leave = leave
        self._patience = patience
        del self.headers["content-length"]
        self.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pumping = asyncio.create_task(self._pump(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({pumping, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave()
            for task in (pumping, leaving):
                task.cancel()
            ends = await asyncio.gather(pumping, leaving, return_exceptions=True)
        for error in ends:
            if isinstance(error, Exception) and not isinstance(error, TimeoutError):
                raise error

    async def _pump(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._send(send, f"retry: {RETRY_MS}\n\n".encode())
        async for frame in self._frames:
            await self._send(send, frame)
        await self._send(send, b"", more=False)

    async def _send(self, send: Send, data: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._patience):
            await send({"type": "http.response.body", "body": data, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
