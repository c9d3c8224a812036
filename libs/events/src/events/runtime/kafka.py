"""The ports on Apache Kafka. The only module that knows aiokafka; docs/guarantees.md says why it is so."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import GroupCoordinatorNotAvailableError, IllegalStateError, KafkaError, TopicAlreadyExistsError

from events.runtime.errors import Stuck, Unavailable
from events.runtime.stream import Outgoing, Partition, Record
from events.topics import Topic

log = structlog.get_logger()

SEND_SECONDS = 5.0
CALL_SECONDS = 10.0
STOP_SECONDS = 5.0
SESSION_SECONDS = 30.0


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
                        linger_ms=0,
                    )
                    try:
                        await producer.start()
                    except BaseException:
                        await _bounded_stop(producer)
                        raise
                    self._producer = producer
        return self._producer

    async def close(self) -> None:
        if self._producer is not None:
            await _bounded_stop(self._producer)


class KafkaSource(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One member of a consumer group; range assignment, so equal keys of our topics meet in one member."""

    def __init__(
        self,
        bootstrap: str,
        topics: Iterable[str],
        group: str,
        *,
        max_records: int = 500,
        session: float = SESSION_SECONDS,
    ) -> None:
        """``session``: seconds a member that went silent keeps its partitions."""
        self._topics = tuple(topics)
        self._max_records = max_records
        self._epochs: dict[Partition, int] = {}
        self._epoch = 0
        self._told: dict[TopicPartition, int] = {}
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            client_id=group,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=int(session * 1000),
            heartbeat_interval_ms=3_000,
            rebalance_timeout_ms=30_000,
            request_timeout_ms=40_000,
            fetch_max_bytes=4 * 1024 * 1024,
            max_partition_fetch_bytes=1024 * 1024,
        )
        self._consumer.subscribe(self._topics, listener=self)

    async def start(self) -> None:
        """Join the group. Raises Unavailable."""
        try:
            async with asyncio.timeout(CALL_SECONDS * 4):
                await self._consumer.start()
        except (KafkaError, TimeoutError, OSError) as error:
            raise Unavailable(f"kafka: {type(error).__name__}") from error

    async def close(self) -> None:
        await _bounded_stop(self._consumer)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        for tp in revoked:
            self._epochs.pop(Partition(tp.topic, tp.partition), None)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._epoch += 1
        self._epochs = {Partition(tp.topic, tp.partition): self._epoch for tp in assigned}

    def assignment(self) -> Mapping[Partition, int]:
        return dict(self._epochs)

    async def seek(self, partition: Partition, offset: int) -> None:
        tp = TopicPartition(*partition)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                end = (await self._consumer.end_offsets([tp]))[tp]
            if offset > end:
                raise Stuck(
                    f"{partition.topic}/{partition.number} ends at {end} but {offset} records were applied:"
                    " the topic is not the one this database was fed from"
                )
            self._consumer.seek(tp, offset)
        except IllegalStateError:
            self._epochs.pop(partition, None)  # revoked meanwhile
        except (KafkaError, TimeoutError) as error:
            raise Unavailable(f"kafka: {type(error).__name__}") from error

    async def poll(self, max_wait: float) -> Mapping[Partition, Sequence[Record]]:
        try:
            async with asyncio.timeout(CALL_SECONDS + max_wait):
                found = await self._consumer.getmany(timeout_ms=int(max_wait * 1000), max_records=self._max_records)
        except (KafkaError, TimeoutError) as error:
            log.warning("poll failed", error=type(error).__name__)
            await asyncio.sleep(max_wait)
            return {}
        return {
            Partition(tp.topic, tp.partition): [_record(message) for message in messages]
            for tp, messages in found.items()
        }

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        mine = {TopicPartition(*p): offset for p, offset in positions.items() if p in self._epochs}
        changed = {tp: offset for tp, offset in mine.items() if self._told.get(tp) != offset}
        if not changed:
            return
        try:
            async with asyncio.timeout(2):
                await self._consumer.commit(changed)
            self._told.update(changed)
        except (KafkaError, TimeoutError) as error:
            log.info("lag tools not told", error=type(error).__name__)

    def newest(self) -> Mapping[Partition, int]:
        found = {}
        for partition in self._epochs:
            try:
                highwater = self._consumer.highwater(TopicPartition(*partition))
            except (AssertionError, AttributeError):  # aiokafka's answer while a rebalance runs
                continue
            if highwater is not None:
                found[partition] = highwater
        return found


def _key(record: Outgoing) -> bytes | None:
    """aiokafka refuses a record without key and value, which others may have written: an empty key stands in."""
    return b"" if record.key is None and record.value is None else record.key


def _record(message: Any) -> Record:
    return Record(
        Partition(message.topic, message.partition),
        message.offset,
        datetime.fromtimestamp(message.timestamp / 1000, UTC),
        message.key,
        message.value,
        tuple(message.headers),
    )


async def _bounded_stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
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


async def read_topic(bootstrap: str, topic: str, *, start: int = 0) -> AsyncIterator[Record]:
    """Every record of ``topic`` from offset ``start``, or the earliest kept, to where its partitions end now.

    Reads as no group and commits nothing. Raises Unavailable, or Stuck where there is no such topic.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
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
                        yield _record(message)
            for tp in await _ended(consumer, ends):
                del ends[tp]
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
    finally:
        await _bounded_stop(consumer)


async def _partitions(bootstrap: str, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="amends-read", request_timeout_ms=10_000)
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


async def group_members(bootstrap: str, groups: Sequence[str]) -> dict[str, int]:
    """How many members each consumer group has now. Raises Unavailable."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="amends-groups", request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await admin.start()
            # One a request: aiokafka 0.14 misreads an answer about several.
            answers = [answer for group in groups for answer in await admin.describe_consumer_groups([group])]
    except GroupCoordinatorNotAvailableError:
        return {}  # a broker that has never seen a group
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
    finally:
        await admin.close()
    described = [group for answer in answers for group in answer.to_object()["groups"]]
    return {group["group"]: len(group["members"]) for group in described}


async def ensure_topics(bootstrap: str, topics: Sequence[Topic], *, replication: int = 1) -> list[str]:
    """Create the topics that are missing; existing ones are left as they are. Returns the names created.

    Raises:
        Unavailable: the broker did not answer within 10 s.
        Stuck: it refused, or a topic exists with another number of partitions (keys would not meet any more).
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="amends-topics", request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await admin.start()
            created = await _create(admin, topics, replication)
            described = {
                t["topic"]: len(t["partitions"]) for t in await admin.describe_topics([t.name for t in topics])
            }
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
    finally:
        await admin.close()
    for topic in topics:
        if described.get(topic.name, topic.partitions) not in (0, topic.partitions):
            raise Stuck(f"topic {topic.name} has {described[topic.name]} partitions, not {topic.partitions}")
    return created


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> list[str]:
    wanted = [
        NewTopic(
            topic.name,
            topic.partitions,
            replication,
            topic_configs={
                "retention.ms": str(int(topic.retention.total_seconds() * 1000)),
                "min.insync.replicas": str(max(1, replication - 1)),
                "max.message.bytes": "1048576",
            },
        )
        for topic in topics
    ]
    response = await admin.create_topics(wanted)
    created = []
    for name, code, *message in response.topic_errors:
        if code == 0:
            created.append(name)
        elif code != TopicAlreadyExistsError.errno:
            raise Stuck(f"topic {name} could not be created: {message[0] if message else code}")
    return created
