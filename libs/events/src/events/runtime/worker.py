"""A consumer as a background job: join the group, consume until asked to stop, leave."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.consume import Handler, consume
from events.runtime.database import PostgresLedger
from events.runtime.dead_letters import DeadLetters
from events.runtime.errors import Unavailable
from events.runtime.kafka import SESSION_SECONDS, KafkaPublisher, KafkaSource
from events.runtime.service import Job
from events.runtime.telemetry import ConsumerTelemetry
from events.topics import read_by

log = structlog.get_logger()


def consumer(
    name: str,
    bootstrap: str,
    engine: AsyncEngine,
    handler: Handler[AsyncConnection],
    telemetry: ConsumerTelemetry,
    *,
    session: float = SESSION_SECONDS,
) -> Job:
    """The job that feeds ``handler`` with every topic that lists ``name`` among its readers.

    ``session``: seconds after which the partitions of a member that was killed go to another.
    """

    async def job(stop: asyncio.Event) -> None:
        publisher = KafkaPublisher(bootstrap, client_id=f"{name}-dead-letters")
        source = await _joined(bootstrap, name, session, stop)
        if source is None:
            return
        try:
            letters = DeadLetters(publisher, name)
            await consume(source, PostgresLedger(engine), handler, letters, telemetry, stop)
        finally:
            await source.close()
            await publisher.close()

    return job


async def _joined(bootstrap: str, name: str, session: float, stop: asyncio.Event) -> KafkaSource | None:
    """A member that has joined, however long the broker is away; None when asked to stop first."""
    while not stop.is_set():
        source = KafkaSource(bootstrap, [topic.name for topic in read_by(name)], name, session=session)
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
