"""What tests do to a broker and products do not: wiping topics, reading them back whole."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from events.runtime.errors import Stuck
from events.runtime.kafka import ensure_topics
from events.topics import Topic, all_topics


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def recreate_topics(bootstrap: str, topics: Sequence[Topic] | None = None) -> None:
    wanted = tuple(topics or all_topics())
    async with admin(bootstrap) as client:
        existing = set(await client.list_topics()) & {topic.name for topic in wanted}
        if existing:
            await client.delete_topics(sorted(existing))
        async with asyncio.timeout(20):
            while set(await client.list_topics()) & existing:
                await asyncio.sleep(0.05)
    async with asyncio.timeout(20):
        missing = {topic.name for topic in wanted}
        while missing:
            try:
                missing -= set(await ensure_topics(bootstrap, wanted))
            except (Stuck, KafkaError):
                await asyncio.sleep(0.1)
    await _all_led(bootstrap, wanted)


async def _all_led(bootstrap: str, topics: Sequence[Topic]) -> None:
    """Wait until every partition has a leader: a producer's first send would otherwise race its election."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(20):
            while True:
                described = await admin.describe_topics([topic.name for topic in topics])
                if all(t["partitions"] and all(p["leader"] >= 0 for p in t["partitions"]) for t in described):
                    return
                await asyncio.sleep(0.05)
    finally:
        await admin.close()


async def read_all(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """Every record of a topic, from its beginning to where it ends now, by partition and offset."""
    partitions = [TopicPartition(topic, number) for number in range(await _partitions(bootstrap, topic))]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[ConsumerRecord] = []
            while any([await consumer.position(p) < ends[p] for p in partitions]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
        return sorted(found, key=lambda r: (r.partition, r.offset))
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, topic: str) -> int:
    """Asked again where a broker that has just come back does not answer for itself yet."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await _described(bootstrap, topic)
            except KafkaError:
                await asyncio.sleep(0.1)


async def _described(bootstrap: str, topic: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        [described] = await admin.describe_topics([topic])
        if not described["partitions"]:
            raise KafkaError(topic)
        return len(described["partitions"])
    finally:
        await admin.close()


async def ends(bootstrap: str, topics: Sequence[Topic]) -> dict[tuple[str, int], int]:
    """Where each partition of the topics ends now, empty ones left out."""
    numbers = {topic.name: await _partitions(bootstrap, topic.name) for topic in topics}
    partitions = [TopicPartition(name, number) for name, count in numbers.items() for number in range(count)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(partitions)
        found = await consumer.end_offsets(partitions)
        return {(tp.topic, tp.partition): end for tp, end in found.items() if end}
    finally:
        await consumer.stop()
