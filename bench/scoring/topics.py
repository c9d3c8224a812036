"""Filling the topics before any clock starts."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from bench.scoring.stream import INTERACTION, Told

from events import codec
from events.codec import Headers
from events.runtime.errors import Stuck
from events.runtime.kafka import ensure_topics
from events.runtime.kafka.partitioning import partition_of
from events.topics import INTERACTIONS, PARTITIONS, SURVEY_RESPONSES, Topic, all_topics

BY_AGENT = Topic("bench-by-agent")
"""For the peers: the same events in one topic, an agent's in one partition, which saves them a repartitioning."""

AT_ONCE = 100_000
BATCH_BYTES = 256 * 1024
DEADLINE = 30.0

Record = tuple[str, int, bytes, bytes, Headers, int]
"""Topic, partition, key, value, headers, and when it was told, in milliseconds."""


async def empty(bootstrap: str) -> None:
    """All topics anew, each partition with a leader."""
    topics = (*all_topics(), BY_AGENT)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(DEADLINE):
            if there := set(await admin.list_topics()) & {topic.name for topic in topics}:
                await admin.delete_topics(sorted(there))
            await _made(bootstrap, topics)
            while not await _led(admin, topics):  # noqa: ASYNC110  (nobody tells)
                await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def _made(bootstrap: str, topics: Sequence[Topic]) -> None:
    missing = {topic.name for topic in topics}
    while missing:
        with suppress(Stuck, KafkaError):  # it is still deleting
            missing -= set(await ensure_topics(bootstrap, topics))
        await asyncio.sleep(0.1)


async def _led(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> bool:
    described = await admin.describe_topics([topic.name for topic in topics])
    return all(each["partitions"] and all(p["leader"] >= 0 for p in each["partitions"]) for each in described)


async def fill(bootstrap: str, stream: Iterable[Told], *, peers: bool) -> None:
    """Write all of it, as ingest would; ``peers``: into their topic too."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=BATCH_BYTES)
    await producer.start()
    told = iter(stream)
    try:
        while some := list(islice(told, AT_ONCE)):
            await _write(producer, _records(some, peers=peers))
    finally:
        await producer.stop()


def _records(told: Iterable[Told], *, peers: bool) -> Iterator[Record]:
    for each in told:
        topic = INTERACTIONS if each.type == INTERACTION else SURVEY_RESPONSES
        key = codec.key_of("default", each.customer)
        yield topic.name, partition_of(key, PARTITIONS), key, each.value, each.headers, each.at * 1000
        if peers:
            agent = each.agent.encode()
            yield BY_AGENT.name, partition_of(agent, PARTITIONS), agent, each.value, (), each.at * 1000


async def _write(producer: AIOKafkaProducer, records: Iterable[Record]) -> None:
    """A partition's records in their order."""
    open_batches: dict[tuple[str, int], Any] = {}
    sent = []
    for topic, partition, key, value, headers, at in records:
        place = topic, partition
        batch = open_batches.get(place)
        if batch is None or batch.append(key=key, value=value, timestamp=at, headers=list(headers)) is None:
            if batch is not None:
                sent.append(await producer.send_batch(batch, topic, partition=partition))
            batch = open_batches[place] = producer.create_batch()
            batch.append(key=key, value=value, timestamp=at, headers=list(headers))
    for (topic, partition), batch in open_batches.items():
        sent.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*sent)
