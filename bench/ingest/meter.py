"""One measurement: the clock, the CPU, and then whether the topic holds what was answered."""

import gc
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from bench.ingest import machine
from bench.ingest.events import Day
from bench.ingest.fleet import Running
from bench.ingest.kept import Topic
from bench.ingest.machine import Look
from bench.ingest.run import Run, run_of
from bench.ingest.shapes import Shape
from bench.ingest.supply import Supply
from bench.ingest.window import LoadFailed, Window

Loop = Literal["closed", "open"]
Drive = Callable[[Iterator[bytes], Callable[[], Look]], Awaitable[Window[Look]]]
"""Sends requests, looking twice."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is to do what. ``number``: the round; 0 warms up."""

    number: int
    member: Running
    shape: Shape
    loop: Loop

    def __str__(self) -> str:
        return f"{self.member.peer.name}, {self.shape.name}, {self.loop} loop"


class Meter:
    """``broker``: the process id of the broker, None where it is not ours."""

    def __init__(self, topic: Topic, day: Day, key: str, broker: int | None) -> None:
        self._topic = topic
        self._day = day
        self._key = key
        self._broker = broker

    async def measure(self, turn: Turn, supply: Supply, drive: Drive) -> Run:
        """Raises LoadFailed when the measurement means nothing."""
        peer, shape = turn.member.peer, turn.shape
        head = shape.head(peer.path(shape), self._key)
        made = [_request(head, body) for body in supply.made]
        requests = itertools.chain(made, (_request(head, body) for body in supply.more()))
        before = await self._topic.ends()
        try:
            with _undisturbed():
                window = await drive(requests, self._look(turn.member.process.pid))
            accepted = window.accepted * shape.events
            await self._topic.check(before, accepted, lambda record: peer.matches(self._day, record))
        except LoadFailed as error:
            raise LoadFailed(f"{turn}: {error}") from error
        return run_of(turn.number, (peer.name, shape.name, turn.loop), shape.events, window)

    def _look(self, service: int) -> Callable[[], Look]:
        return lambda: machine.look(service, self._broker)


def _request(head: bytes, body: bytes) -> bytes:
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Our own garbage collector looks at millions of bytes objects otherwise, in the middle of it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
