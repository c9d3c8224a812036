"""Looking into Kafka without being a member of a group: for tools."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError

from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka.access import Bootstrap, connecting
from events.runtime.kafka.client import CALL_SECONDS, bounded_stop, record_of
from events.runtime.stream import Record


async def read_topic(bootstrap: Bootstrap, topic: str, *, start: int = 0) -> AsyncIterator[Record]:
    """Every record of ``topic`` from offset ``start``, or the earliest kept, to where its partitions end now.

    Reads as no group and commits nothing. Raises Unavailable, or Stuck where there is no such topic.
    """
    consumer = AIOKafkaConsumer(**connecting(bootstrap), enable_auto_commit=False)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await consumer.start()
            ends = await _placed(consumer, await _partitions(bootstrap, topic), start)
        while ends:
            async with asyncio.timeout(CALL_SECONDS):  # a broker that is away is silent: no progress is no answer
                while not (found := await consumer.getmany(*ends, timeout_ms=200)) and not await _ended(consumer, ends):
                    continue
            for tp, messages in found.items():
                for message in messages:
                    if message.offset < ends[tp]:
                        yield record_of(message)
            for tp in await _ended(consumer, ends):
                del ends[tp]
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
    finally:
        await bounded_stop(consumer)


async def _partitions(bootstrap: Bootstrap, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**connecting(bootstrap), client_id="amends-read", request_timeout_ms=10_000)
    try:
        await admin.start()
        (described,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if not described["partitions"]:
        raise Stuck(f"there is no topic {topic}: create the topics first")
    return [TopicPartition(topic, partition["partition"]) for partition in described["partitions"]]


async def _placed(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], start: int
) -> dict[TopicPartition, int]:
    """Assign and place a consumer. Returns where each partition that has something to read ends."""
    consumer.assign(partitions)
    begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    for tp in partitions:
        consumer.seek(tp, max(start, begins[tp]))
    return {tp: end for tp, end in ends.items() if end > max(start, begins[tp])}


async def _ended(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[TopicPartition]:
    return [tp for tp, end in ends.items() if await consumer.position(tp) >= end]


async def group_members(bootstrap: Bootstrap, groups: Sequence[str]) -> dict[str, int]:
    """How many members each consumer group has now. Raises Unavailable."""
    admin = AIOKafkaAdminClient(**connecting(bootstrap), client_id="amends-groups", request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await admin.start()
            # One a request: aiokafka 0.14 misreads an answer about several.
            answers = [answer for group in groups for answer in await _described(admin, group)]
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
    finally:
        await admin.close()
    described = [group for answer in answers for group in answer.to_object()["groups"]]
    if any(group["error_code"] for group in described):  # aiokafka does not look
        raise Unavailable(f"kafka at {bootstrap}: the coordinator of a group does not answer yet")
    return {group["group"]: len(group["members"]) for group in described}


async def _described(admin: AIOKafkaAdminClient, group: str) -> Sequence[Any]:
    try:
        return await admin.describe_consumer_groups([group])  # type: ignore[no-any-return]
    except GroupCoordinatorNotAvailableError:  # a broker that has never seen a group
        return ()
