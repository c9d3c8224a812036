"""The bare limit: an ASGI app that reads the body and writes it with acks=all. It checks nothing and decodes nothing.

It knows how long the events of this run are and cuts a batch at fixed offsets; its records have no headers.
``python -m bench.ingest.peers.bare group|send``: through the publisher of Amends, or with aiokafka's ``send``.
"""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from aiokafka import AIOKafkaProducer
from bench.ingest.cutting import cut
from bench.ingest.peers.serving import Place, serve

from events.runtime.kafka import KafkaPublisher
from events.runtime.stream import Outgoing
from events.topics import INTERACTIONS

Write = Callable[[Sequence[bytes]], Awaitable[None]]
TOPIC = INTERACTIONS.name
KEYS = (b"a", b"b", b"d", b"f", b"h", b"w")
"""One for each partition. A request's records all go to one: a fifth cheaper than to spread them, as ingest must."""


@asynccontextmanager
async def group(place: Place) -> AsyncIterator[Write]:
    publisher = KafkaPublisher(place.bootstrap, client_id="bench-bare")

    turns = itertools.cycle(KEYS)

    async def write(values: Sequence[bytes]) -> None:
        key = next(turns)
        await publisher.publish([Outgoing(TOPIC, key, value) for value in values])

    try:
        yield write
    finally:
        await publisher.close()


@asynccontextmanager
async def send(place: Place) -> AsyncIterator[Write]:
    async with AIOKafkaProducer(bootstrap_servers=place.bootstrap, acks="all") as producer:

        async def write(values: Sequence[bytes]) -> None:
            await asyncio.gather(*[await producer.send(TOPIC, value) for value in values])

        yield write


class Bare:
    """``size``: bytes of an event of a batch."""

    def __init__(self, write: Write, size: int) -> None:
        self._write = write
        self._size = size

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        chunks, more = [], True
        while more:
            message = await receive()
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(chunks)
        await self._write(cut(body, self._size) if scope["path"] == "/batch" else (body,))
        await send({"type": "http.response.start", "status": 202, "headers": HEADERS})
        await send({"type": "http.response.body", "body": ANSWER})


ANSWER = b'{"accepted":true}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))]


async def main(way: str, place: Place) -> None:
    async with {"group": group, "send": send}[way](place) as write:
        await serve(Bare(write, place.size), place)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Place.told()))
