"""Senders that never finish a request's head, or never stop it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import uvicorn

from amends.local.ports import free_port
from events.runtime import request_head
from events.runtime.request_head import BoundedHead
from support.until import until

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(request_head, "HEAD_SECONDS", 0.5)

    async def app(scope: object, receive: Callable[[], object], send: Callable[[object], object]) -> None:
        more = True
        while more:
            message = await receive()  # type: ignore[misc]
            more = message.get("more_body", False)
        heard = b",".join(name for name, _ in scope["headers"])  # type: ignore[index]
        await send({"type": "http.response.start", "status": 204, "headers": [(b"heard", heard)]})  # type: ignore[misc]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[misc]

    found = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=found, http=BoundedHead, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # not serve(): the test keeps its signals
    await until(lambda: server.started, "the server listens", seconds=10)
    yield found
    server.should_exit = True
    await serving


async def spoken(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What comes back, to the end of the connection or for 3 seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    try:
        async with asyncio.timeout(3):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            while more := await reader.read(1000):
                got += more
            got += b"<closed>"
    except ConnectionError:
        got += b"<closed>"
    except TimeoutError:
        got += b"<open>"
    finally:
        writer.close()
    return got


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"X: "])
async def test_a_head_that_does_not_end_is_not_waited_for(port: int, said: bytes) -> None:
    assert await spoken(port, said) == b"<closed>"


async def test_nor_is_the_second_of_a_connection(port: int) -> None:
    got = await spoken(port, HEAD + b"\r\n", HEAD + b"X: ", pause=0.1)
    assert got.startswith(b"HTTP/1.1 204")
    assert got.endswith(b"<closed>")


async def test_a_head_without_end_is_not_kept(port: int) -> None:
    assert await spoken(port, HEAD + b"X: ", *[b"a" * 16_384] * 20) == b"<closed>"


async def test_trailers_without_end_are_not_kept(port: int) -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
    assert await spoken(port, chunked, *[b"a" * 16_384] * 20) == b"<closed>"


async def test_a_large_body_is_no_large_head(port: int) -> None:
    body = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 1_000_000
    assert (await spoken(port, body)).startswith(b"HTTP/1.1 204")


async def test_a_slow_body_is_not_a_slow_head(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
    assert (await spoken(port, head, b"a", b"b", b"c", pause=0.4)).startswith(b"HTTP/1.1 204")


async def test_trailers_are_not_taken_for_headers(port: int) -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    got = await spoken(port, chunked + b"1\r\nx\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\nAuthorization: y\r\n\r\n")
    assert b"heard: host,connection,transfer-encoding\r\n" in got


async def test_a_body_that_does_not_begin_is_not_waited_for(port: int) -> None:
    assert await spoken(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n") == b"<closed>"
