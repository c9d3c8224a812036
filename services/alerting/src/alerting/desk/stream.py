"""A browser hearing of changes, as server-sent events: ``changed``, ``beat``, and ``over`` where the session ended."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from alerting.desk.live import Full, Hub, Seat
from events.runtime.server_sent import LONGEST_SECONDS, SEND_SECONDS, EventStream

STILL_SECONDS = 30.0


class Stream(EventStream):
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
        super().__init__(_frames(seat, edition, still, again, longest), seat.leave, patience=patience)


async def _frames(
    seat: Seat, edition: str, still: Callable[[], Awaitable[bool]], again: float, longest: float
) -> AsyncIterator[bytes]:
    began = asked = time.monotonic()
    while time.monotonic() - began < longest and (changed := await seat.next()) is not None:
        if time.monotonic() - asked >= again:
            if not await still():
                yield b"event: over\ndata: \n\n"
                return
            asked = time.monotonic()
        yield f"event: {'changed' if changed else 'beat'}\ndata: {edition}\n\n".encode()


def watch(request: Request, hub: Hub, edition: str, still: Callable[[Request], Awaitable[bool]]) -> Response:
    """A stream of the changes of one case, where the address names one, else of all; 503 where no seat is free."""
    try:
        seat = hub.join(request.path_params.get("case_id"))
    except Full:
        return Response(status_code=503, headers={"Retry-After": "3"})
    return Stream(seat, edition, lambda: still(request))
