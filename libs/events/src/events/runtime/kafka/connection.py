"""One producer of aiokafka: started on first use, replaced when it has died, never waited for without end."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    ProducerClosed,
    RecordListTooLargeError,
    RecordTooLargeError,
)

from events.runtime.errors import Unavailable
from events.runtime.kafka.access import Bootstrap, connecting
from events.runtime.kafka.client import bounded_stop
from events.runtime.stream import Partition

log = structlog.get_logger()

LARGEST_RECORD = 2 * 1024 * 1024
"""Bytes. What the client sends at most; each topic has a limit of its own."""

BATCH_BYTES = 512 * 1024
"""Half of what a topic takes, whose limit is on the batch. A record larger than this travels alone."""

STUCK_AFTER = 4
"""Deadlines. aiokafka gives a batch up after two or three; one that takes longer has been forgotten."""


class TooLarge(Exception):
    """The topic does not take a batch of this size: send fewer records at once."""


class Connection:
    def __init__(self, bootstrap: Bootstrap, client_id: str, deadline: float, changed: Callable[[Any], None]) -> None:
        """``deadline`` in seconds; ``changed`` is called with the cluster's metadata whenever it was read anew."""
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._deadline = deadline
        self._changed = changed
        self._starting = asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def open(self) -> AIOKafkaProducer:
        """Raises Unavailable; a later call tries again."""
        if self._producer is not None:
            return self._producer
        try:
            async with asyncio.timeout(self._deadline), self._starting:
                if self._producer is None:
                    self._producer = await self._started()
                return self._producer
        except (KafkaError, TimeoutError, OSError) as error:
            raise Unavailable(f"kafka: {type(error).__name__}") from error

    async def _started(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **connecting(self._bootstrap),
            client_id=self._client_id,
            acks="all",
            enable_idempotence=False,
            request_timeout_ms=int(self._deadline * 1000),  # also how long a batch is tried: as long as callers wait
            max_batch_size=BATCH_BYTES,
            max_request_size=LARGEST_RECORD,
            linger_ms=0,
        )
        producer.client.cluster.add_listener(self._changed)
        try:
            await producer.start()
        except BaseException:
            await bounded_stop(producer)
            raise
        return producer

    async def partitions(self, topic: str) -> int:
        """How many partitions ``topic`` has. Raises Unavailable, also where there is no such topic."""
        producer = await self.open()
        try:
            async with asyncio.timeout(self._deadline):
                return len(await producer.partitions_for(topic))
        except (KafkaError, TimeoutError, OSError) as error:
            raise Unavailable(f"kafka: {type(error).__name__}") from error

    async def send(self, batch: Any, partition: Partition) -> None:
        """Return when every in-sync replica has ``batch``. One at a time per partition: aiokafka's queue is unfair.

        Raises:
            TooLarge: none of it is stored.
            Unavailable: it may be stored, now or, when the broker is slow, in a while.
        """
        if batch.size() > LARGEST_RECORD:
            raise TooLarge
        producer = await self.open()
        try:
            async with asyncio.timeout(self._deadline * STUCK_AFTER):
                await (await producer.send_batch(batch, partition.topic, partition=partition.number))
        except (MessageSizeTooLargeError, RecordListTooLargeError, RecordTooLargeError) as error:
            raise TooLarge from error
        except Exception as error:
            if _has_died(error):
                self._replace(producer)
            raise Unavailable(f"kafka: {type(error).__name__}") from error

    def _replace(self, producer: AIOKafkaProducer) -> None:
        """Have the next one to send start a new producer."""
        if self._producer is producer:
            log.warning("kafka producer replaced")
            self._producer = None
            leaving = asyncio.create_task(_hung_up(producer))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        if self._producer is not None:
            await bounded_stop(self._producer)
        if self._leaving:
            await asyncio.wait(self._leaving)


async def _hung_up(producer: AIOKafkaProducer) -> None:
    """Stop a producer that may no longer be able to, so that none of its sockets and tasks is left behind."""
    await bounded_stop(producer)
    with contextlib.suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(1):
            await producer._sender.close()
    await producer.client.close()


def _has_died(error: Exception) -> bool:
    """aiokafka raises a plain KafkaError for ever after its sender has failed inside."""
    return type(error) is KafkaError or isinstance(error, TimeoutError | ProducerClosed)
