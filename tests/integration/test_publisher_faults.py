"""A publisher while its broker is away, hangs or comes back: everybody is answered in time, and none restarts."""

import asyncio
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from amends.local.kafka import KafkaServer
from amends.local.parts import Parts
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaPublisher, ensure_topics
from events.runtime.kafka.client import SEND_SECONDS
from events.runtime.stream import Outgoing
from events.topics import Topic
from support.broker import read_all
from support.until import until

PATIENCE = 6.0
LARGE = 1_000_000


class Load:
    """Callers that publish one numbered record after another, and remember what came of each."""

    def __init__(self, publisher: KafkaPublisher, topic: str) -> None:
        self.topic = topic
        self.stored: list[bytes] = []
        self.refused = 0
        self.slowest = 0.0
        self._publisher = publisher
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, callers: int) -> None:
        self._tasks = [asyncio.create_task(self._call(caller)) for caller in range(callers)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _call(self, caller: int) -> None:
        for number in range(1_000_000):
            name = b"%d:%d" % (caller, number)
            began = time.monotonic()
            try:
                await self._publisher.publish([Outgoing(self.topic, b"%d" % caller, name)])
                self.stored.append(name)
            except Unavailable:
                self.refused += 1
                await asyncio.sleep(0.05)
            finally:
                self.slowest = max(self.slowest, time.monotonic() - began)

    async def goes_on(self, seconds: float = 30) -> None:
        before = len(self.stored)
        await until(lambda: len(self.stored) > before + 100, "records are stored again", seconds=seconds)


@pytest.fixture
async def load(parts: Parts) -> AsyncIterator[Load]:
    topic = Topic(f"faults-{uuid.uuid4().hex[:8]}", partitions=3)
    await ensure_topics(parts.kafka_bootstrap, [topic])
    publisher = KafkaPublisher(parts.kafka_bootstrap, client_id="test")
    load = Load(publisher, topic.name)
    load.start(50)
    await load.goes_on()
    yield load
    await load.stop()
    await publisher.close()


async def everything_confirmed_is_there(parts: Parts, load: Load) -> None:
    await load.stop()
    assert set(load.stored) <= {record.value for record in await read_all(parts.kafka_bootstrap, load.topic)}


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_broker_killed_under_load_leaves_nobody_waiting_and_is_used_again(
    parts: Parts, kafka: KafkaServer, load: Load
) -> None:
    kafka.kill()
    await until(lambda: load.refused > 100, "callers are refused", seconds=30)
    await asyncio.to_thread(kafka.start)
    await load.goes_on()
    assert load.slowest < PATIENCE
    await everything_confirmed_is_there(parts, load)


async def test_a_broker_that_hangs_leaves_nobody_waiting_and_is_used_again(
    parts: Parts, kafka: KafkaServer, load: Load
) -> None:
    assert kafka.pid is not None
    with hanging(kafka.pid):
        await until(lambda: load.refused > 60, "callers are refused twice", seconds=30)
    await load.goes_on()
    assert load.slowest < PATIENCE
    await everything_confirmed_is_there(parts, load)


async def test_what_waits_for_a_broker_that_is_away_is_bounded_and_dropped_in_the_end(
    parts: Parts, kafka: KafkaServer, load: Load
) -> None:
    await load.stop()
    kafka.kill()
    publisher = load._publisher
    large = [Outgoing(load.topic, b"k", b"x" * LARGE)]
    calls = [asyncio.ensure_future(publisher.publish(large)) for _ in range(40)]
    done, waiting = await asyncio.wait(calls, timeout=1)
    assert 10 < len(waiting) < 20
    assert all(isinstance(call.exception(), Unavailable) for call in done)
    began = time.monotonic()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert time.monotonic() - began < PATIENCE
    await asyncio.to_thread(kafka.start)
    load.start(10)
    await load.goes_on()
    await load.stop()
    late = [r for r in await read_all(parts.kafka_bootstrap, load.topic) if len(r.value) == LARGE]
    assert len(late) <= 1, "only what was in flight may be stored after its caller was refused"


async def test_a_topic_that_is_missing_delays_no_other(load: Load) -> None:
    missing = asyncio.ensure_future(load._publisher.publish([Outgoing("nowhere", b"k", b"v")]))
    load.slowest = 0.0
    with pytest.raises(Unavailable):
        await asyncio.wait_for(missing, 60)
    assert load.slowest < SEND_SECONDS - 1, "it waited for what the missing topic waits for"
    assert load.refused == 0


async def test_a_client_that_fails_inside_is_replaced(parts: Parts, load: Load) -> None:
    broken = load._publisher._connection._producer
    assert broken is not None

    def fails(**_: object) -> None:
        raise RuntimeError

    broken._message_accumulator.drain_by_nodes = fails
    await until(lambda: load.refused, "somebody is refused")
    await load.goes_on()
    assert load._publisher._connection._producer is not broken
    assert load.slowest < PATIENCE
    await everything_confirmed_is_there(parts, load)


async def test_a_client_that_forgets_a_batch_is_replaced(parts: Parts) -> None:
    topic = Topic(f"faults-{uuid.uuid4().hex[:8]}", partitions=1)
    await ensure_topics(parts.kafka_bootstrap, [topic])
    publisher = KafkaPublisher(parts.kafka_bootstrap, client_id="test", deadline=0.5)
    record = Outgoing(topic.name, b"k", b"v")
    await publisher.publish([record])
    forgetful = publisher._connection._producer
    assert forgetful is not None

    async def forgets(*_: object) -> None:
        await asyncio.Event().wait()

    forgetful.client.send = forgets

    async def stored() -> bool:
        try:
            await publisher.publish([record])
        except Unavailable:
            return False
        return True

    assert not await stored()
    await until(stored, "a record is stored again", seconds=10)
    await publisher.close()
