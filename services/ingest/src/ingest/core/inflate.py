"""gzip bodies, without falling for a bomb: what comes out is bounded before it is made."""

import zlib
from typing import Protocol

from events.problems import Invalid
from ingest.core.limits import TooLarge

MAX_RATIO = 20
RATIO_FROM = 256 * 1024
"""The ratio is looked at past this many bytes: an honest batch of 500 much alike reports packs up to 23 to 1."""


class Decoder(Protocol):
    def feed(self, chunk: bytes) -> bytes: ...

    def finish(self) -> None:
        """The body ends here. Raises Invalid where it may not."""
        ...


class Identity:
    def feed(self, chunk: bytes) -> bytes:
        return chunk

    def finish(self) -> None:
        return


class Gunzip:
    """One gzip member.

    Args:
        limit: how many bytes may come out in all.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._taken = self._given = 0

    def feed(self, chunk: bytes) -> bytes:
        """Raises TooLarge, and Invalid for what is not gzip or goes on behind its end."""
        self._taken += len(chunk)
        room = min(self._limit, max(RATIO_FROM, self._taken * MAX_RATIO)) - self._given
        try:
            piece = self._stream.decompress(chunk, room + 1)
        except zlib.error as error:
            raise _refused("is not gzip as Content-Encoding says") from error
        self._given += len(piece)
        if len(piece) > room:
            raise TooLarge(
                f"unpacks to more than {self._limit} bytes"
                if self._given > self._limit
                else f"unpacks to more than {MAX_RATIO} times its size"
            )
        if self._stream.unused_data:
            raise _refused("goes on behind the end of the gzip data")
        return piece

    def finish(self) -> None:
        if not self._stream.eof:
            raise _refused("is gzip data that ends too early")


def _refused(message: str) -> Invalid:
    return Invalid.at("", "gzip", message, syntax=True)
