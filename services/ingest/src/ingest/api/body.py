"""Reading a body within bounds: counted as it comes, unpacked as it comes, never waited for without end."""

import asyncio
import re

from events.problems import Invalid
from events.runtime.problem_details import ProblemError
from ingest.api.call import Call
from ingest.core import wire
from ingest.core.gate import Ticket
from ingest.core.inflate import Decoder
from ingest.core.limits import TooLarge

BODY_SECONDS = 20.0


class Gone(Exception):
    """The sender went away before the body was complete."""


async def read(call: Call, limit: int, ticket: Ticket, *, seconds: float = BODY_SECONDS) -> tuple[bytes, int]:
    """The body, unpacked, and its size as sent.

    Raises:
        TooLarge: over ``limit`` bytes, as announced, as sent or as unpacked.
        Unsupported: a Content-Encoding we do not know.
        Invalid: empty, or not what Content-Encoding says.
        Full: no room for it among what is in flight.
        Gone: the sender hung up.
        ProblemError: 408, not complete within ``seconds``.
    """
    announced = call.headers.get("content-length", "")
    if re.fullmatch(r"[0-9]{1,18}", announced) and int(announced) > limit:
        raise _too_large(limit)
    taking = _Taking(limit, wire.decoder(call.headers.get("content-encoding"), limit), ticket)
    chunk, more = await _next(call)  # the server sees to it that a body begins: most of them have ended, too
    taking.take(chunk)
    if more:
        await _rest(call, taking, seconds)
    return taking.whole(), taking.sent


async def _rest(call: Call, taking: "_Taking", seconds: float) -> None:
    more = True
    try:
        async with asyncio.timeout(seconds):
            while more:
                chunk, more = await _next(call)
                taking.take(chunk)
    except TimeoutError as error:
        detail = f"Send it within {seconds:.0f} s."
        raise ProblemError(408, "The body did not come in time", detail, headers={"Connection": "close"}) from error


class _Taking:
    """What has come of a body so far. No list of pieces: one of two bytes costs forty, and the gate counts two."""

    __slots__ = ("_decoder", "_first", "_limit", "_others", "_ticket", "sent")

    def __init__(self, limit: int, decoder: Decoder, ticket: Ticket) -> None:
        self._limit = limit
        self._decoder = decoder
        self._ticket = ticket
        self._first = b""
        self._others = bytearray()
        self.sent = 0

    def take(self, chunk: bytes) -> None:
        self.sent += len(chunk)
        if self.sent > self._limit:
            raise _too_large(self._limit)
        piece = self._decoder.feed(chunk)
        self._ticket.take(len(piece))
        if self._first:
            self._others += piece
        else:
            self._first = piece

    def whole(self) -> bytes:
        if not self.sent:
            raise Invalid.at("", "empty", "is empty; send one document", syntax=True)
        self._decoder.finish()
        return self._first + self._others if self._others else self._first


async def _next(call: Call) -> tuple[bytes, bool]:
    message = await call.receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"has over {limit} bytes")
