"""One suite over every implementation of Source and Publisher: the in-memory twin and Apache Kafka."""

import asyncio
import uuid
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from amends.local.parts import Parts
from events.runtime.errors import Stuck
from events.runtime.kafka import KafkaPublisher, KafkaSource, ensure_topics
from events.runtime.memory import MemoryBroker, MemoryPublisher, MemorySource
from events.runtime.stream import Outgoing, Partition, Publisher, Record, Source
from events.topics import Topic
from support.until import until

PARTITIONS = 3


@dataclass
class Log:
    topic: str
    publisher: Publisher
    join: Callable[[], Awaitable[Source]]
    leave: Callable[[Source], Awaitable[None]]


async def _memory() -> AsyncIterator[Log]:
    broker = MemoryBroker({"things": PARTITIONS})

    async def join() -> Source:
        return MemorySource(broker, ["things"], "group", max_records=10)

    async def leave(source: Source) -> None:
        assert isinstance(source, MemorySource)
        await source.close()

    yield Log("things", MemoryPublisher(broker), join, leave)


async def _kafka(parts: Parts) -> AsyncIterator[Log]:
    topic = f"things-{uuid.uuid4().hex[:8]}"
    await ensure_topics(parts.kafka_bootstrap, [Topic(topic, partitions=PARTITIONS)])
    publisher = KafkaPublisher(parts.kafka_bootstrap, client_id="test")
    members: list[KafkaSource] = []

    async def join() -> Source:
        source = KafkaSource(parts.kafka_bootstrap, [topic], f"group-{topic}", max_records=10)
        await source.start()
        members.append(source)
        return source

    async def leave(source: Source) -> None:
        assert isinstance(source, KafkaSource)
        members.remove(source)
        await source.close()

    yield Log(topic, publisher, join, leave)
    for member in members:
        await member.close()
    await publisher.close()


@pytest.fixture(params=["memory", "kafka"])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    if request.param == "memory":
        async for found in _memory():
            yield found
    else:
        async for found in _kafka(request.getfixturevalue("parts")):
            yield found


def said(log: Log, *names: str) -> list[Outgoing]:
    return [Outgoing(log.topic, name.encode(), name.encode(), (("ce_id", name.encode()),)) for name in names]


async def drain(source: Source, count: int) -> list[Record]:
    found: list[Record] = []

    async def enough() -> bool:
        for records in (await source.poll(0.2)).values():
            found.extend(records)
        return len(found) >= count

    await until(enough, f"{count} records")
    return found


async def assigned(source: Source, count: int) -> frozenset[Partition]:
    async def mine() -> bool:
        if len(source.assignment()) != count:
            await source.poll(0.1)
        return len(source.assignment()) == count

    await until(mine, f"{count} partitions assigned")
    return frozenset(source.assignment())


async def test_what_is_published_is_read_back_byte_for_byte(log: Log) -> None:
    source = await log.join()
    await log.publisher.publish(said(log, "a"))
    [record] = await drain(source, 1)
    assert (record.key, record.value, record.headers) == (b"a", b"a", (("ce_id", b"a"),))
    assert record.partition.topic == log.topic


async def test_equal_keys_keep_their_order_in_one_partition(log: Log) -> None:
    source = await log.join()
    batch = [Outgoing(log.topic, b"same", str(n).encode()) for n in range(25)]
    await log.publisher.publish(batch)
    records = await drain(source, 25)
    assert [r.value for r in records] == [o.value for o in batch]
    assert len({r.partition for r in records}) == 1
    assert [r.offset for r in records] == list(range(25))


async def test_a_key_has_the_partition_that_other_senders_give_it(log: Log) -> None:
    source = await log.join()
    await log.publisher.publish(said(log, "123456789", "cus-1", "cus-2", "cus-3"))
    found = {r.key: r.partition.number for r in await drain(source, 4) if r.key is not None}
    assert found[b"123456789"] == 0xCBF43926 % PARTITIONS, "the check value of CRC-32, which librdkafka uses"
    assert found == {key: zlib.crc32(key) % PARTITIONS for key in found}


async def test_nothing_to_publish_is_no_mistake(log: Log) -> None:
    await log.publisher.publish(())


async def test_seeking_reads_again_from_there(log: Log) -> None:
    source = await log.join()
    await log.publisher.publish([Outgoing(log.topic, b"k", str(n).encode()) for n in range(5)])
    first = await drain(source, 5)
    await source.seek({first[0].partition: 3})
    assert [r.offset for r in await drain(source, 2)] == [3, 4]


async def test_seeking_beyond_the_end_says_the_log_is_another(log: Log) -> None:
    source = await log.join()
    partition = sorted(await assigned(source, PARTITIONS))[0]
    with pytest.raises(Stuck):
        await source.seek({partition: 1})


async def test_an_empty_poll_ends_after_its_wait(log: Log) -> None:
    source = await log.join()
    async with asyncio.timeout(10):
        assert await source.poll(0.1) == {}


async def test_two_members_share_the_partitions_and_one_takes_all_when_the_other_leaves(log: Log) -> None:
    first = await log.join()
    await assigned(first, PARTITIONS)
    before = first.assignment()

    second_joining = asyncio.create_task(_joined_while_polled(log, first))
    second = await second_joining
    await until(lambda: _share(first, second), "a fair share each", seconds=45)
    assert not set(first.assignment()) & set(second.assignment())
    kept = set(first.assignment()) & set(before)
    assert all(first.assignment()[p] != before[p] for p in kept), "a new assignment has a new epoch"

    await log.leave(second)
    await assigned(first, PARTITIONS)


async def _joined_while_polled(log: Log, first: Source) -> Source:
    joining = asyncio.ensure_future(log.join())
    while not joining.done():
        await first.poll(0.05)
        await asyncio.sleep(0.01)
    return await joining


async def _share(first: Source, second: Source) -> bool:
    await first.poll(0.05)
    await second.poll(0.05)
    counts = sorted((len(first.assignment()), len(second.assignment())))
    return counts == [1, 2]


async def test_the_newest_offset_is_known_after_a_fetch(log: Log) -> None:
    source = await log.join()
    await log.publisher.publish([Outgoing(log.topic, b"k", b"v")] * 4)
    records = await drain(source, 4)
    assert source.newest()[records[0].partition] == 4
