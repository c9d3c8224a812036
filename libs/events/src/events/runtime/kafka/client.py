"""What every Kafka client of ours has in common: deadlines, a stop that ends, records as we know them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from events.runtime.stream import Partition, Record

log = structlog.get_logger()

SEND_SECONDS = 5.0
CALL_SECONDS = 10.0
STOP_SECONDS = 5.0
SESSION_SECONDS = 30.0


def record_of(message: Any) -> Record:
    return Record(
        Partition(message.topic, message.partition),
        message.offset,
        _instant(message.timestamp),
        message.key,
        message.value,
        tuple(message.headers),
    )


def _instant(milliseconds: int) -> datetime:
    """Kafka takes almost any number here; one that is on no calendar must not stop whoever reads it."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


async def bounded_stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stop, but never for long, and pass on only a cancel that is ours: aiokafka raises stray ones."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await client.stop()
    except (KafkaError, TimeoutError, OSError) as error:
        log.info("kafka client not stopped cleanly", error=type(error).__name__)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
