"""uvicorn waits for a request to come without end, and keeps whatever comes of its head: here both are bounded."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0
HEAD_BYTES = 64 * 1024


class BoundedHead(HttpToolsProtocol):
    """Drops a connection that takes over 20 s until a request's body begins (or the request ends, if it has none), or
    over 64 KiB for its head or a chunked body's trailers. Trailers are not taken for headers.

    Nothing is answered: an honest sender needs a fraction of either. How long a body may take once it has begun is for
    whoever reads it to say.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unparsed = 0
        self._awaited = self._in_head = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > HEAD_BYTES:
            self.transport.abort()
        self._watch()  # only now: most requests come whole, and need no timer

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._awaited = self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # trailers would join the headers: an X-Forwarded-For behind the proxy's own, say
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._unparsed = 0
        self._in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        self._came()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._came()
        super().on_message_complete()

    def _watch(self) -> None:
        if self._awaited and self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _came(self) -> None:
        self._awaited = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
