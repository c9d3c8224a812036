"""Group commit on a real broker: everything once and in order, and nobody pays for a neighbour."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from amends.local.parts import Parts
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaPublisher, ensure_topics
from events.runtime.kafka.connection import BATCH_BYTES, LARGEST_RECORD
from events.runtime.stream import Outgoing
from events.topics import Topic
from support.broker import read_all

HEADERS = (("ce_id", b"1"), ("ce_type", b"thing"))


@asynccontextmanager
async def publisher(parts: Parts, topic: Topic) -> AsyncIterator[KafkaPublisher]:
    await ensure_topics(parts.kafka_bootstrap, [topic])
    found = KafkaPublisher(parts.kafka_bootstrap, client_id="test")
    try:
        yield found
    finally:
        await found.close()


def a_topic(partitions: int = 3, record_bytes: int = 1024 * 1024) -> Topic:
    return Topic(f"batches-{uuid.uuid4().hex[:8]}", partitions=partitions, record_bytes=record_bytes)


async def stored(parts: Parts, topic: Topic) -> dict[bytes, list[int]]:
    """The numbers at the head of the values, by key, in the order of the log."""
    found: dict[bytes, list[int]] = {}
    for record in await read_all(parts.kafka_bootstrap, topic.name):
        found.setdefault(record.key, []).append(int(record.value[:8]))
    return found


def numbered(topic: Topic, key: bytes, numbers: range, size: int = 8) -> list[Outgoing]:
    return [Outgoing(topic.name, key, b"%08d" % n + b"x" * (size - 8), HEADERS) for n in numbers]


async def test_what_two_hundred_callers_publish_at_once_is_there_once_and_in_the_order_of_each(parts: Parts) -> None:
    topic, chance = a_topic(), random.Random(7)
    sizes = {n: [chance.choice((8, 400, 60_000)) for _ in range(12)] for n in range(200)}

    async def caller(publisher: KafkaPublisher, number: int) -> None:
        records = [
            Outgoing(topic.name, b"caller-%d" % number, b"%08d" % n + b"x" * size, HEADERS)
            for n, size in enumerate(sizes[number])
        ]
        await publisher.publish(records[:1])
        await publisher.publish(records[1:7])
        await publisher.publish(records[7:])

    async with publisher(parts, topic) as shared:
        await asyncio.gather(*(caller(shared, number) for number in range(200)))
    assert await stored(parts, topic) == {b"caller-%d" % n: list(range(12)) for n in range(200)}


async def test_calls_are_in_the_log_in_the_order_they_were_made_even_the_first(parts: Parts) -> None:
    topic = a_topic()
    async with publisher(parts, topic) as fresh:
        calls: list[asyncio.Future[None]] = []
        while not (calls and calls[0].done()):  # one at each turn of the loop: before, while and after it connects
            calls.append(asyncio.ensure_future(fresh.publish(numbered(topic, b"k", range(len(calls), len(calls) + 1)))))
            await asyncio.sleep(0)
        await asyncio.gather(*calls)
    assert await stored(parts, topic) == {b"k": list(range(len(calls)))}


async def test_what_is_more_than_a_batch_goes_in_several_in_order(parts: Parts) -> None:
    topic = a_topic()
    async with publisher(parts, topic) as one:
        await one.publish(numbered(topic, b"k", range(4 * BATCH_BYTES // 60_000), size=60_000))
    assert await stored(parts, topic) == {b"k": list(range(4 * BATCH_BYTES // 60_000))}


async def test_a_record_larger_than_a_batch_keeps_its_place(parts: Parts) -> None:
    topic = a_topic(record_bytes=LARGEST_RECORD)
    large = numbered(topic, b"k", range(1, 2), size=LARGEST_RECORD - 1000)
    async with publisher(parts, topic) as one:
        await one.publish([*numbered(topic, b"k", range(1)), *large, *numbered(topic, b"k", range(2, 4))])
    assert await stored(parts, topic) == {b"k": [0, 1, 2, 3]}


@pytest.mark.parametrize("size", [100_000, LARGEST_RECORD + 1])
async def test_a_record_too_large_for_its_topic_fails_its_own_caller_alone(parts: Parts, size: int) -> None:
    topic = a_topic(partitions=1, record_bytes=50_000)
    async with publisher(parts, topic) as shared:
        await shared.publish(())
        neighbours = [numbered(topic, b"n", range(10 * n, 10 * n + 10), size=400) for n in range(20)]
        poison = numbered(topic, b"p", range(1), size=size)
        calls = [*neighbours[:13], poison, *neighbours[13:]]
        answers = await asyncio.gather(*(shared.publish(call) for call in calls), return_exceptions=True)
        assert [n for n, answer in enumerate(answers) if answer is not None] == [13]
        assert isinstance(answers[13], Unavailable)
        await shared.publish(numbered(topic, b"n", range(200, 201)))
    assert await stored(parts, topic) == {b"n": list(range(201))}


async def test_a_topic_that_takes_less_than_a_batch_gets_smaller_ones(parts: Parts) -> None:
    topic = a_topic(record_bytes=20_000)
    async with publisher(parts, topic) as one:
        for start in (0, 200):
            await one.publish(numbered(topic, b"k", range(start, start + 200), size=1000))
    assert await stored(parts, topic) == {b"k": list(range(400))}


async def test_a_caller_that_is_cancelled_harms_nobody(parts: Parts) -> None:
    topic = a_topic(partitions=1)
    async with publisher(parts, topic) as shared:
        await shared.publish(numbered(topic, b"first", range(1)))
        calls = [
            asyncio.ensure_future(shared.publish(numbered(topic, b"caller-%d" % n, range(50), size=1000)))
            for n in range(40)
        ]
        for turn in range(4):
            for call in calls[turn::8]:
                call.cancel()
            await asyncio.sleep(0.001 * turn)
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(isinstance(answer, asyncio.CancelledError) for answer in answers) > 0
        await shared.publish(numbered(topic, b"last", range(1)))
    found = await stored(parts, topic)
    for n, answer in enumerate(answers):
        assert answer is None or isinstance(answer, asyncio.CancelledError)
        kept = found.get(b"caller-%d" % n, [])
        assert kept == list(range(50)) if answer is None else kept == list(range(len(kept)))
    assert found[b"last"] == [0]


async def test_what_is_not_bytes_fails_its_own_caller_alone(parts: Parts) -> None:
    topic = a_topic(partitions=1)
    async with publisher(parts, topic) as shared:
        wrong = Outgoing(topic.name, b"k", "text", HEADERS)  # type: ignore[arg-type]
        right = shared.publish(numbered(topic, b"k", range(3)))
        answers = await asyncio.gather(shared.publish([wrong]), right, return_exceptions=True)
    assert isinstance(answers[0], TypeError)
    assert answers[1] is None
    assert await stored(parts, topic) == {b"k": [0, 1, 2]}


async def test_records_without_a_key_are_spread(parts: Parts) -> None:
    topic = a_topic(partitions=3)
    async with publisher(parts, topic) as one:
        await one.publish([Outgoing(topic.name, None, b"%08d" % n) for n in range(9)])
    assert {record.partition for record in await read_all(parts.kafka_bootstrap, topic.name)} == {0, 1, 2}


async def test_a_publisher_stores_what_it_took_before_it_closes_and_takes_no_more(parts: Parts) -> None:
    topic = a_topic()
    async with publisher(parts, topic) as one:
        call = asyncio.ensure_future(one.publish(numbered(topic, b"k", range(100), size=10_000)))
        await asyncio.sleep(0)
        await one.close()
        await call
        with pytest.raises(Unavailable):
            await one.publish(numbered(topic, b"k", range(1)))
    assert await stored(parts, topic) == {b"k": list(range(100))}
