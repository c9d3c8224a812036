"""Connections to a CRM: as many as there are calls at once, each kept for the next call.

httpx's own pool looks at every connection at the beginning and at the end of each call, which with twenty of them costs
as much as the rest of a call.
"""

import ssl
from collections.abc import AsyncIterator, Callable

import httpx

KEPT_SECONDS = 30.0
"""A connection that was idle for longer is made anew: what stands between may have dropped it."""


class Connections(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self._tls = ssl.create_default_context()
        self._limits = httpx.Limits(max_connections=1, keepalive_expiry=KEPT_SECONDS)
        self._idle: list[httpx.AsyncHTTPTransport] = []
        self._all: list[httpx.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        one = self._idle.pop() if self._idle else self._another()
        try:
            response = await one.handle_async_request(request)
        except BaseException:
            self._idle.append(one)
            raise
        response.stream = _Lent(response.stream, lambda: self._idle.append(one))
        return response

    async def aclose(self) -> None:
        for one in self._all:
            await one.aclose()

    def _another(self) -> httpx.AsyncHTTPTransport:
        made = httpx.AsyncHTTPTransport(verify=self._tls, limits=self._limits, trust_env=False)
        self._all.append(made)
        return made


class _Lent(httpx.AsyncByteStream):
    """An answer's body; when it is closed, the connection is free."""

    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, free: Callable[[], None]) -> None:
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101  (for mypy: the transport is asynchronous)
        self._stream = stream
        self._free: Callable[[], None] | None = free

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            free, self._free = self._free, None
            if free is not None:
                free()
