"""Writing to Kafka: acknowledged by every in-sync replica within a deadline, or Unavailable."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from events.runtime.errors import Unavailable
from events.runtime.kafka.client import SEND_SECONDS, bounded_stop
from events.runtime.stream import Outgoing

LARGEST_RECORD = 2 * 1024 * 1024
"""What the client sends at most; each topic has a limit of its own."""


class KafkaPublisher:
    """A producer with acks=all and idempotence off, started on first use, with a deadline on every send.

    Order per partition holds (one batch in flight). With idempotence on, sends never end while the broker is away;
    duplicates are what the inbox is for.
    """

    def __init__(self, bootstrap: str, *, client_id: str, deadline: float = SEND_SECONDS) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._deadline = deadline
        self._starting = asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None

    async def publish(self, records: Sequence[Outgoing]) -> None:
        sent: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(self._deadline):
                producer = await self._started()
                for record in records:
                    headers = list(record.headers)
                    sent.append(await producer.send(record.topic, record.value, key=_key(record), headers=headers))
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError, OSError) as error:
            for future in sent:  # they end later, when nobody asks any more
                future.add_done_callback(lambda f: f.cancelled() or f.exception())
            raise Unavailable(f"kafka: {type(error).__name__}") from error

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            async with self._starting:
                if self._producer is None:
                    producer = AIOKafkaProducer(
                        bootstrap_servers=self._bootstrap,
                        client_id=self._client_id,
                        acks="all",
                        enable_idempotence=False,
                        request_timeout_ms=10_000,
                        max_request_size=LARGEST_RECORD,
                        linger_ms=0,
                    )
                    try:
                        await producer.start()
                    except BaseException:
                        await bounded_stop(producer)
                        raise
                    self._producer = producer
        return self._producer

    async def close(self) -> None:
        if self._producer is not None:
            await bounded_stop(self._producer)


def _key(record: Outgoing) -> bytes | None:
    """aiokafka refuses a record without key and value, which others may have written: an empty key stands in."""
    return b"" if record.key is None and record.value is None else record.key
