"""Frames on their way to one browser, as server-sent events."""

import json
import time
from collections.abc import AsyncIterator, Hashable

from fastapi import Request
from fastapi.responses import Response
from fastapi.sse import format_sse_event

from events.runtime.server_sent import LONGEST_SECONDS, SEND_SECONDS, EventStream
from scoring.pages.live import Frame, Full, Hub, Render, Seat


class Stream(EventStream):
    """Server-sent events: ``board`` carries a rendering, ``beat`` a sign of life with the age of what is shown.

    Args:
        edition: of style and script; a page that has another loads itself again.
        patience: seconds after which a viewer that takes nothing is dropped.
        longest: seconds after which the stream ends, and the browser asks again whether it may.
    """

    def __init__(
        self, seat: Seat, edition: str, *, patience: float = SEND_SECONDS, longest: float = LONGEST_SECONDS
    ) -> None:
        super().__init__(_frames(seat, edition, longest), seat.leave, patience=patience)


async def _frames(seat: Seat, edition: str, longest: float) -> AsyncIterator[bytes]:
    end = time.monotonic() + longest
    while time.monotonic() < end and (frame := await seat.next()) is not None:
        yield _event(frame, edition)


def _event(frame: Frame, edition: str) -> bytes:
    if frame.html is None:
        told = {"age": round(frame.age, 1), "edition": edition}
        return format_sse_event(event="beat", data_str=json.dumps(told))
    return format_sse_event(event="board", data_str=frame.html)


def watch(request: Request, hub: Hub, name: Hashable, render: Render, edition: str) -> Response:
    """A stream of the board of that name; 503 where no seat is free: the page asks again by itself."""
    busy = Response(status_code=503, headers={"Retry-After": "3", "Cache-Control": "no-store"})
    if request.method == "HEAD":
        return busy
    try:
        return Stream(hub.join(name, render), edition)
    except Full:
        return busy
