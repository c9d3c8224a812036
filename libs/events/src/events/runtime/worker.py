"""A consumer as a background job: join the group, consume until asked to stop, leave."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events import codec
from events.runtime.consume import consume
from events.runtime.database import PostgresLedger
from events.runtime.dead_letters import DeadLetters
from events.runtime.errors import Unavailable
from events.runtime.kafka import SESSION_SECONDS, Bootstrap, KafkaPublisher, KafkaSource
from events.runtime.ports import Decode, Handler
from events.runtime.service import Job
from events.runtime.telemetry import ConsumerTelemetry
from events.topics import read_by

log = structlog.get_logger()


def consumer(
    name: str,
    bootstrap: Bootstrap,
    engine: AsyncEngine,
    handlers: Sequence[Handler[AsyncConnection]],
    telemetry: ConsumerTelemetry,
    *,
    session: float = SESSION_SECONDS,
    max_records: int = 500,
    decode: Decode = codec.decode,
) -> Job:
    """The job that feeds ``handlers`` with every topic that lists ``name`` among its readers.

    Args:
        handlers: each works on partitions of its own beside the others.
        session: seconds after which the partitions of a member that was killed go to another.
        max_records: how many records are read at once.
    """

    def member() -> KafkaSource:
        topics = [topic.name for topic in read_by(name)]
        return KafkaSource(bootstrap, topics, name, session=session, max_records=max_records)

    async def job(stop: asyncio.Event) -> None:
        publisher = KafkaPublisher(bootstrap, client_id=f"{name}-dead-letters")
        source = await _joined(member, stop)
        if source is None:
            return
        try:
            letters = DeadLetters(publisher, name)
            await consume(source, PostgresLedger(engine), handlers, letters, telemetry, stop, decode=decode)
        finally:
            await source.close()
            await publisher.close()

    return job


async def _joined(member: Callable[[], KafkaSource], stop: asyncio.Event) -> KafkaSource | None:
    """A member that has joined, however long the broker is away; None when asked to stop first."""
    while not stop.is_set():
        source = member()
        try:
            if await _before(stop, source.start()):
                return source
        except Unavailable as error:
            log.warning("waiting for kafka", error=str(error))
            await _before(stop, asyncio.sleep(1))
        await source.close()
    return None


async def _before(stop: asyncio.Event, step: Coroutine[Any, Any, None]) -> bool:
    """Whether ``step`` was done before ``stop`` was set, by which it is given up."""
    doing, asked = asyncio.create_task(step), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            await doing
        return doing.done()
    finally:
        doing.cancel()
        asked.cancel()
