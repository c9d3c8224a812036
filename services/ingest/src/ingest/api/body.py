"""Reading a body within bounds: counted as it comes, unpacked as it comes, never waited for without end."""

import asyncio
import re

from starlette.requests import Request

from events.problems import Invalid
from events.runtime.problem_details import ProblemError
from ingest.core import wire
from ingest.core.gate import Ticket
from ingest.core.limits import TooLarge

BODY_SECONDS = 20.0


def header(request: Request, name: str) -> str | None:
    """One header; sent twice it becomes a list, which none of ours may be."""
    found = request.headers.getlist(name)
    return ", ".join(found) if found else None


async def read(request: Request, limit: int, ticket: Ticket, *, seconds: float = BODY_SECONDS) -> tuple[bytes, int]:
    """The body, unpacked, and its size as sent.

    Raises:
        TooLarge: over ``limit`` bytes, as announced, as sent or as unpacked.
        Unsupported: a Content-Encoding we do not know.
        Invalid: empty, or not what Content-Encoding says.
        Full: no room for it among what is in flight.
        ProblemError: 408, not complete within ``seconds``.
    """
    too_large = TooLarge(f"has over {limit} bytes")
    announced = request.headers.get("content-length", "")
    if re.fullmatch(r"[0-9]{1,18}", announced) and int(announced) > limit:
        raise too_large
    decoder = wire.decoder(header(request, "content-encoding"), limit)
    raw, sent = bytearray(), 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                sent += len(chunk)
                if sent > limit:
                    raise too_large
                piece = decoder.feed(chunk)
                ticket.take(len(piece))
                raw += piece
    except TimeoutError as error:
        raise ProblemError(
            408,
            "The body did not come in time",
            f"Send it within {seconds:.0f} s.",
            headers={"Connection": "close"},
        ) from error
    if not sent:
        raise Invalid.at("", "empty", "is empty; send one JSON document", syntax=True)
    decoder.finish()
    return bytes(raw), sent
