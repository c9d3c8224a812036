"""What is in the topic after a run: no speed is told before the records are counted and looked into."""

from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from bench.ingest.window import LoadFailed

from events.topics import INTERACTIONS

SAMPLE = 20
PARTITIONS = [TopicPartition(INTERACTIONS.name, number) for number in range(INTERACTIONS.partitions)]


class Topic:
    """The interactions topic, as seen from outside."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)

    async def start(self) -> None:
        await self._consumer.start()
        self._consumer.assign(PARTITIONS)

    async def close(self) -> None:
        await self._consumer.stop()

    async def ends(self) -> dict[TopicPartition, int]:
        return dict(await self._consumer.end_offsets(PARTITIONS))

    async def check(
        self, before: dict[TopicPartition, int], accepted: int, matches: Callable[[ConsumerRecord], bool]
    ) -> None:
        """Raises LoadFailed unless exactly the ``accepted`` events came, and the last ones are what was sent."""
        ends = await self.ends()
        came = sum(ends.values()) - sum(before.values())
        if came != accepted:
            raise LoadFailed(f"{accepted} events were answered 202, and {came} records came into the topic")
        sample = await self._newest(before, ends)
        if not sample:
            raise LoadFailed("nothing came into the topic")
        if wrong := sum(not matches(record) for record in sample):
            raise LoadFailed(f"{wrong} of the last {len(sample)} records are not what was sent")

    async def _newest(
        self, before: dict[TopicPartition, int], ends: dict[TopicPartition, int]
    ) -> Sequence[ConsumerRecord]:
        for partition in PARTITIONS:
            self._consumer.seek(partition, max(before[partition], ends[partition] - SAMPLE))
        found: list[ConsumerRecord] = []
        while any([await self._consumer.position(p) < ends[p] for p in PARTITIONS]):
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                found += records
        return found
