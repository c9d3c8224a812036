"""Frames on their way to one browser, as server-sent events."""

import asyncio
import json
import time
from collections.abc import Hashable

from fastapi import Request
from fastapi.responses import Response
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from scoring.pages.live import Frame, Full, Hub, Render, Seat

RETRY_MS = 1000
SEND_SECONDS = 15.0
"""A screen that is switched off would hold its connection for hours."""
LONGEST_SECONDS = 3600.0


class Stream(Response):
    """Server-sent events: ``board`` carries a rendering, ``beat`` a sign of life with the age of what is shown.

    Args:
        edition: of style and script; a page that has another loads itself again.
        patience: seconds after which a viewer that takes nothing is dropped.
        longest: seconds after which the stream ends, and the browser asks again whether it may.
    """

    def __init__(
        self, seat: Seat, edition: str, *, patience: float = SEND_SECONDS, longest: float = LONGEST_SECONDS
    ) -> None:
        super().__init__(media_type="text/event-stream")
        self._seat = seat
        self._edition = edition
        self._patience = patience
        self._longest = longest
        del self.headers["content-length"]
        self.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pumping = asyncio.create_task(self._pump(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({pumping, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._seat.leave()
            for task in (pumping, leaving):
                task.cancel()
            ends = await asyncio.gather(pumping, leaving, return_exceptions=True)
        for error in ends:
            if isinstance(error, Exception) and not isinstance(error, TimeoutError):
                raise error

    async def _pump(self, send: Send) -> None:
        end = time.monotonic() + self._longest
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._send(send, format_sse_event(retry=RETRY_MS))
        while time.monotonic() < end and (frame := await self._seat.next()) is not None:
            await self._send(send, self._event(frame))
        await self._send(send, b"", more=False)

    async def _send(self, send: Send, data: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._patience):
            await send({"type": "http.response.body", "body": data, "more_body": more})

    def _event(self, frame: Frame) -> bytes:
        if frame.html is None:
            told = {"age": round(frame.age, 1), "edition": self._edition}
            return format_sse_event(event="beat", data_str=json.dumps(told))
        return format_sse_event(event="board", data_str=frame.html)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def watch(request: Request, hub: Hub, name: Hashable, render: Render, edition: str) -> Response:
    """A stream of the board of that name; 503 where no seat is free: the page asks again by itself."""
    busy = Response(status_code=503, headers={"Retry-After": "3", "Cache-Control": "no-store"})
    if request.method == "HEAD":
        return busy
    try:
        return Stream(hub.join(name, render), edition)
    except Full:
        return busy
