"""The load generator of the bench against servers that misbehave: what it would tell must be true."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from bench.ingest.load import closed_loop, is_whole, open_loop
from bench.ingest.window import LoadFailed, Times

from support.until import until

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}"
Answer = Callable[[asyncio.Transport], None]


class Peer(asyncio.Protocol):
    """A server's side of one connection."""

    def __init__(self, answer: Answer, open_: set["Peer"]) -> None:
        self._answer = answer
        self._open = open_

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        assert data == REQUEST
        self._answer(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)


@asynccontextmanager
async def server(port: int, answer: Answer) -> AsyncIterator[None]:
    open_: set[Peer] = set()
    serving = await asyncio.get_running_loop().create_server(lambda: Peer(answer, open_), "127.0.0.1", port)
    async with serving:
        yield
        await until(lambda: not open_, "every connection is closed")


def accept(transport: asyncio.Transport) -> None:
    transport.write(ACCEPTED)


@pytest.mark.parametrize("length", range(len(ACCEPTED)))
def test_an_answer_is_whole_with_its_last_byte(length: int) -> None:
    assert not is_whole(ACCEPTED[:length])
    assert is_whole(ACCEPTED)


async def test_a_closed_loop_counts_what_was_answered_in_its_window(free_port: int) -> None:
    looks = itertools.count()
    async with server(free_port, accept):
        window = await closed_loop(
            free_port, itertools.repeat(REQUEST), connections=2, times=Times(0.1, 0.2), look=lambda: next(looks)
        )
    assert 0 < window.answered < window.accepted
    assert window.answered == len(window.latencies)
    assert window.seconds == pytest.approx(0.2, abs=0.15)
    assert (window.before, window.after) == (0, 1)


async def test_a_stall_counts_for_every_request_that_was_due_meanwhile(free_port: int) -> None:
    """No coordinated omission: one connection, and a server that stands still once, for 0.3 s."""
    answered = itertools.count()

    def stall_once(transport: asyncio.Transport) -> None:
        seconds = 0.3 if next(answered) == 20 else 0.0
        asyncio.get_running_loop().call_later(seconds, transport.write, ACCEPTED)

    arrivals = [number * 0.01 for number in range(60)]
    async with server(free_port, stall_once):
        window = await open_loop(
            free_port, itertools.repeat(REQUEST), arrivals, connections=1, times=Times(0.0, 0.55), look=int
        )
    assert window.accepted == len(arrivals)
    assert sum(latency > 0.1 for latency in window.latencies) >= 15


async def test_a_refused_request_makes_it_no_measurement(free_port: int) -> None:
    def refuse(transport: asyncio.Transport) -> None:
        transport.write(ACCEPTED.replace(b"202 Accepted", b"503 Away"))

    async with server(free_port, refuse):
        with pytest.raises(LoadFailed, match="503"):
            await closed_loop(free_port, itertools.repeat(REQUEST), connections=1, times=Times(0, 0.05), look=int)


async def test_a_connection_that_breaks_makes_it_no_measurement(free_port: int) -> None:
    def hang_up(transport: asyncio.Transport) -> None:
        transport.close()

    async with server(free_port, hang_up):
        with pytest.raises(LoadFailed, match="closed a connection"):
            await closed_loop(free_port, itertools.repeat(REQUEST), connections=1, times=Times(0, 0.05), look=int)
