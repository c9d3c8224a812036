"""A browser hearing of changes, as server-sent events: ``changed``, ``beat``, and ``over`` where the session ended."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alerting.desk.live import Full, Hub, Seat

RETRY_MS = 1000
SEND_SECONDS = 15.0
"""A screen that is switched off would hold its connection for hours."""
STILL_SECONDS = 30.0
LONGEST_SECONDS = 3600.0


class Stream(Response):
    """
    Args:
        edition: of style and script; a page that has another loads itself again.
        still: whether the viewer may go on looking; asked every ``again`` seconds.
        patience: seconds after which a viewer that takes nothing is dropped.
        longest: seconds after which the stream ends, and the browser asks again whether it may.
    """

    def __init__(
        self,
        seat: Seat,
        edition: str,
        still: Callable[[], Awaitable[bool]],
        *,
        again: float = STILL_SECONDS,
        patience: float = SEND_SECONDS,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        super().__init__(media_type="text/event-stream")
        self._seat = seat
        self._edition = edition
        self._still = still
        self._again = again
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
        began = asked = time.monotonic()
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._send(send, f"retry: {RETRY_MS}\n\n")
        while time.monotonic() - began < self._longest and (changed := await self._seat.next()) is not None:
            if time.monotonic() - asked >= self._again:
                if not await self._still():
                    await self._send(send, "event: over\ndata: \n\n")
                    break
                asked = time.monotonic()
            await self._send(send, f"event: {'changed' if changed else 'beat'}\ndata: {self._edition}\n\n")
        await self._send(send, "", more=False)

    async def _send(self, send: Send, data: str, *, more: bool = True) -> None:
        async with asyncio.timeout(self._patience):
            await send({"type": "http.response.body", "body": data.encode(), "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def watch(request: Request, hub: Hub, edition: str, still: Callable[[Request], Awaitable[bool]]) -> Response:
    """A stream of the changes of one case, where the address names one, else of all; 503 where no seat is free."""
    try:
        seat = hub.join(request.path_params.get("case_id"))
    except Full:
        return Response(status_code=503, headers={"Retry-After": "3"})
    return Stream(seat, edition, lambda: still(request))
