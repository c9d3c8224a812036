"""The load generator: plain sockets, bytes made before the clock starts, answers read no further than their status."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, cast

from bench.ingest.window import LoadFailed, Times, Watch, Window, clock

HOST = "127.0.0.1"
GIVE_UP_SECONDS = 30.0
"""How long the last answers of a run are waited for."""

T = TypeVar("T")


async def closed_loop(
    port: int, requests: Iterator[bytes], *, connections: int, times: Times, look: Callable[[], T]
) -> Window[T]:
    """As fast as answers come. A request counts when its answer falls into the time that counts.

    ``requests`` are without end. Raises LoadFailed.
    """
    run = _Closed(requests)
    await run.connect(port, connections)
    watch = Watch(look, times)
    try:
        run.start(clock() + times.whole)
        await run.end(times.whole)
    finally:
        watch.stop()
    return watch.window(run.due, run.done, counts=run.done)


async def open_loop(
    port: int,
    requests: Iterator[bytes],
    arrivals: Sequence[float],
    *,
    connections: int,
    times: Times,
    look: Callable[[], T],
) -> Window[T]:
    """On a schedule. A request counts when it was due in the time that counts, however late its answer.

    ``arrivals``: seconds from the start, ascending, over the whole of ``times``. Raises LoadFailed.
    """
    run = _Open(requests)
    await run.connect(port, connections)
    watch = Watch(look, times)
    try:
        run.start(arrivals)
        await run.end(times.whole)
    finally:
        watch.stop()
    return watch.window(run.due, run.done, counts=run.due)


def is_whole(data: bytes) -> bool:
    """Whether ``data`` is all of one response. Every peer sends a content-length, in lower case."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = data.find(b"content-length: ", 0, end)
    if at < 0:
        raise LoadFailed("an answer without content-length")
    return len(data) >= end + 4 + int(data[at + 16 : data.find(b"\r", at)])


class _Link(asyncio.Protocol):
    """One connection, with at most one request under way."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._unread = b""
        self._transport: asyncio.Transport | None = None
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._unread:
            data = self._unread + data
        try:
            whole = is_whole(data)
        except LoadFailed as error:
            self._run.fail(error)
            return
        self._unread = b"" if whole else data
        if whole:
            self._run.answered(self, data[9:12])

    def connection_lost(self, error: Exception | None) -> None:
        self._run.fail(LoadFailed("a peer closed a connection"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class _Run:
    """What both loops share: connections, and who was answered when."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._links: list[_Link] = []
        self._under_way = 0
        self.due: list[float] = []
        self.done: list[float] = []

    async def connect(self, port: int, count: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(count):
            self._links.append((await loop.create_connection(lambda: _Link(self), HOST, port))[1])

    def send(self, link: _Link, due: float) -> None:
        if self._over.done():
            return
        self._under_way += 1
        link.send(next(self._requests), due)

    def answered(self, link: _Link, status: bytes) -> None:
        self.due.append(link.due)
        self.done.append(clock())
        self._under_way -= 1
        if status == b"202":
            self.go_on(link)
        else:
            self.fail(LoadFailed(f"a request was answered {status.decode(errors='replace')}"))

    def go_on(self, link: _Link) -> None:
        """``link`` is free."""
        raise NotImplementedError

    def finish(self) -> None:
        if not self._over.done():
            self._over.set_result(None)

    def fail(self, error: LoadFailed) -> None:
        if not self._over.done():
            self._over.set_exception(error)

    async def end(self, seconds: float) -> None:
        """When every request is answered. Raises LoadFailed."""
        try:
            async with asyncio.timeout(seconds + GIVE_UP_SECONDS):
                await self._over
        except TimeoutError:
            raise LoadFailed(f"{self._under_way} requests were never answered") from None
        finally:
            self.finish()
            for link in self._links:
                link.close()


class _Closed(_Run):
    """The next request on a connection as soon as the last is answered."""

    def start(self, until: float) -> None:
        self._until = until
        for link in self._links:
            self.send(link, clock())

    def go_on(self, link: _Link) -> None:
        now = self.done[-1]
        if now < self._until:
            self.send(link, now)
        elif not self._under_way:
            self.finish()


class _Open(_Run):
    """Requests when they are due; those that find no free connection wait, and their time counts from when due."""

    def start(self, arrivals: Sequence[float]) -> None:
        began = clock()
        self._coming = deque(began + moment for moment in arrivals)
        self._waiting: deque[float] = deque()
        self._idle = list(self._links)
        self._tick()

    def _tick(self) -> None:
        now = clock()
        while self._coming and self._coming[0] <= now:
            due = self._coming.popleft()
            if self._idle:
                self.send(self._idle.pop(), due)
            else:
                self._waiting.append(due)
        if self._coming and not self._over.done():
            asyncio.get_running_loop().call_later(self._coming[0] - now, self._tick)

    def go_on(self, link: _Link) -> None:
        if self._waiting:
            self.send(link, self._waiting.popleft())
            return
        self._idle.append(link)
        if not self._under_way and not self._coming:
            self.finish()
