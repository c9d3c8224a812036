"""Reading from Kafka as a member of a consumer group."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError

from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka.access import Bootstrap, connecting
from events.runtime.kafka.client import CALL_SECONDS, SESSION_SECONDS, bounded_stop, record_of
from events.runtime.stream import Partition, Record
from events.topics import uneven

log = structlog.get_logger()


class KafkaSource(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One member of a consumer group; range assignment, so equal keys of our topics meet in one member."""

    def __init__(
        self,
        bootstrap: Bootstrap,
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
            **connecting(bootstrap),
            client_id=group,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=int(session * 1000),
            heartbeat_interval_ms=3_000,
            rebalance_timeout_ms=30_000,
            request_timeout_ms=40_000,
            fetch_max_wait_ms=100,  # other questions to the same broker wait behind a fetch
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
        await bounded_stop(self._consumer)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        for tp in revoked:
            self._epochs.pop(Partition(tp.topic, tp.partition), None)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._epoch += 1
        self._epochs = {Partition(tp.topic, tp.partition): self._epoch for tp in assigned}
        there = {topic: self._consumer.partitions_for_topic(topic) for topic in self._topics}
        if wrong := uneven({topic: len(numbers) for topic, numbers in there.items() if numbers}):
            log.error("partitions to be made equal", why=wrong)

    def assignment(self) -> Mapping[Partition, int]:
        return dict(self._epochs)

    async def seek(self, positions: Mapping[Partition, int]) -> Mapping[Partition, int]:
        wanted = {TopicPartition(*partition): offset for partition, offset in positions.items()}
        try:
            async with asyncio.timeout(CALL_SECONDS):
                oldest = await self._consumer.beginning_offsets(list(wanted))
                ends = await self._consumer.end_offsets(list(wanted))
        except (KafkaError, TimeoutError) as error:
            raise Unavailable(f"kafka: {type(error).__name__}") from error
        return {
            Partition(tp.topic, tp.partition): max(offset, oldest[tp])
            for tp, offset in wanted.items()
            if self._sought(tp, offset, oldest[tp], ends[tp])
        }

    def _sought(self, tp: TopicPartition, offset: int, oldest: int, end: int) -> bool:
        if offset > end:
            raise Stuck(
                f"{tp.topic}/{tp.partition} ends at {end} but {offset} records were applied:"
                " the topic is not the one this database was fed from"
            )
        try:
            self._consumer.seek(tp, max(offset, oldest))
        except IllegalStateError:  # revoked meanwhile
            self._epochs.pop(Partition(tp.topic, tp.partition), None)
            return False
        return True

    async def poll(self, max_wait: float) -> Mapping[Partition, Sequence[Record]]:
        self._check_tasks()
        try:
            async with asyncio.timeout(CALL_SECONDS + max_wait):
                found = await self._consumer.getmany(timeout_ms=int(max_wait * 1000), max_records=self._max_records)
        except (KafkaError, TimeoutError) as error:
            log.warning("poll failed", error=type(error).__name__)
            await asyncio.sleep(max_wait)
            return {}
        return {
            Partition(tp.topic, tp.partition): [record_of(message) for message in messages]
            for tp, messages in found.items()
        }

    def _check_tasks(self) -> None:
        """aiokafka never starts its own tasks again, and once they have failed every topic looks quiet."""
        tasks = (self._consumer._fetcher.error_future, self._consumer._coordinator._coordination_task)
        if any(task.done() for task in tasks):
            raise Stuck("the Kafka client has failed")

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
