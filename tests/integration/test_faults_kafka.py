"""Records no sender of ours writes, a log that expired, a client that fails inside: none stops a consumer unseen."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from prometheus_client import CollectorRegistry

from amends.local.parts import Parts
from events.envelope import Event
from events.runtime.consume import Pace, consume
from events.runtime.dead_letters import DeadLetters
from events.runtime.errors import Stuck
from events.runtime.kafka import KafkaPublisher, KafkaSource, ensure_topics, read_topic
from events.runtime.memory import MemoryLedger
from events.runtime.stream import Outgoing, Partition
from events.runtime.telemetry import ConsumerTelemetry
from events.topics import Topic
from support.happened import answered, event, record
from support.until import until


async def keep(effects: list[Any], events: Sequence[Event[Any]]) -> None:
    effects += [e.id for e in events]


class Consumer:
    """A consumer of one partition of a real broker, with its ledger in memory."""

    def __init__(self, bootstrap: str) -> None:
        self.topic = f"faults-{uuid.uuid4().hex[:8]}"
        self.bootstrap = bootstrap
        self.publisher = KafkaPublisher(bootstrap, client_id="test")
        self.source = KafkaSource(bootstrap, [self.topic], self.topic, session=6)
        self.ledger = MemoryLedger()
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def start(self, pace: Pace) -> None:
        await self.source.start()
        letters = DeadLetters(self.publisher, "scoring")
        telemetry = ConsumerTelemetry(CollectorRegistry(), "scoring")
        self.task = asyncio.create_task(consume(self.source, self.ledger, (keep,), letters, telemetry, self.stop, pace))

    async def say(self, id_: str) -> None:
        said = record(event("interaction.reported", answered(), id_=id_))
        await self.publisher.publish([Outgoing(self.topic, said.key, said.value, said.headers)])

    async def write(self, **said: Any) -> None:
        """Past our own publisher: as anybody with access to the broker could."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(self.topic, **said)
        finally:
            await producer.stop()

    async def expire(self, before: int) -> None:
        """What retention does."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(self.topic, 0): RecordsToDelete(before_offset=before)})
        finally:
            await admin.close()

    async def applied(self, *ids: str) -> None:
        def there() -> bool:
            if self.task is not None and self.task.done():
                self.task.result()
            return self.ledger.effects == list(ids)

        await until(there, f"{ids} applied", seconds=15)

    async def close(self) -> None:
        self.stop.set()
        if self.task is not None:
            await asyncio.wait_for(asyncio.gather(self.task, return_exceptions=True), 15)
        await self.source.close()
        await self.publisher.close()


@pytest.fixture
async def consumer(parts: Parts) -> AsyncIterator[Consumer]:
    found = Consumer(parts.kafka_bootstrap)
    letters = Topic(found.topic, partitions=1).dead_letters("scoring")
    await ensure_topics(parts.kafka_bootstrap, [Topic(found.topic, partitions=1), letters])
    yield found
    await found.close()


async def test_records_that_expired_unread_are_no_lag(consumer: Consumer) -> None:
    for number in range(3):
        await consumer.say(f"expired-{number}")
    await consumer.expire(3)
    await consumer.start(Pace(poll=0.1, stall=1.0))
    await asyncio.sleep(3)
    assert consumer.task is not None
    assert not consumer.task.done(), "waits for records that are gone for ever"
    await consumer.say("next")
    await consumer.applied("next")
    assert consumer.ledger.offsets[Partition(consumer.topic, 0)] == 4


async def test_what_expired_before_the_stored_offset_is_skipped_and_the_rest_applied(consumer: Consumer) -> None:
    for number in range(4):
        await consumer.say(f"e-{number}")
    await consumer.expire(2)
    await consumer.start(Pace(poll=0.1))
    await consumer.applied("e-2", "e-3")


async def test_a_header_without_a_value_is_no_end(consumer: Consumer) -> None:
    await consumer.write(value=b"{}", headers=[("ce_id", None)])
    await consumer.say("next")
    await consumer.start(Pace(poll=0.1))
    await consumer.applied("next")
    [letter] = [found async for found in read_topic(consumer.bootstrap, f"{consumer.topic}-scoring-dlq")]
    assert (letter.value, letter.headers[0]) == (b"{}", ("ce_id", None))


async def test_a_record_with_neither_key_nor_value_is_a_dead_letter(consumer: Consumer) -> None:
    await consumer.write(value=None, key=b"")
    await consumer.say("next")
    await consumer.start(Pace(poll=0.1))
    await consumer.applied("next")


async def test_a_time_on_no_calendar_is_no_end(consumer: Consumer) -> None:
    await consumer.write(value=b"{}", timestamp_ms=-(2**62))
    await consumer.say("next")
    await consumer.start(Pace(poll=0.1))
    await consumer.applied("next")


async def test_a_client_whose_fetching_has_failed_is_not_taken_for_a_quiet_topic(consumer: Consumer) -> None:
    await consumer.say("first")
    await consumer.start(Pace(poll=0.1))
    await consumer.applied("first")

    def broken(_: object) -> None:
        raise RuntimeError

    consumer.source._consumer._fetcher._get_actions_per_node = broken
    assert consumer.task is not None
    with pytest.raises(Stuck):
        await asyncio.wait_for(asyncio.shield(consumer.task), 10)
    await consumer.source.close()
    await consumer.source._consumer._client.close()  # which aiokafka leaves open when its own tasks have failed


async def test_the_largest_record_a_topic_takes_fits_into_its_dead_letters(consumer: Consumer) -> None:
    largest = b"x" * (1024 * 1024 - 100)
    await consumer.write(value=largest)
    await consumer.say("next")
    await consumer.start(Pace(poll=0.1))
    await consumer.applied("next")
    [letter] = [found async for found in read_topic(consumer.bootstrap, f"{consumer.topic}-scoring-dlq")]
    assert letter.value == largest
