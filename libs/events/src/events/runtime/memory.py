"""The same ports in memory, for tests and for reading: a log, consumer groups with range assignment, a ledger."""

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from events.envelope import Event
from events.runtime.errors import Fenced, Stuck, Unavailable
from events.runtime.ports import Handler
from events.runtime.stream import Outgoing, Partition, Record


class MemoryBroker:
    """Topics and groups. ``away`` makes every call behave as with a broker that cannot be reached."""

    def __init__(self, topics: Mapping[str, int]) -> None:
        self.logs: dict[Partition, list[Record]] = {
            Partition(name, number): [] for name, count in topics.items() for number in range(count)
        }
        self._counts = dict(topics)
        self._groups: dict[str, list[MemorySource]] = {}
        self._arrived = asyncio.Condition()
        self._epoch = 0
        self.away = False

    async def append(self, record: Outgoing) -> None:
        number = zlib.crc32(record.key or b"") % self._counts[record.topic]
        partition = Partition(record.topic, number)
        log = self.logs[partition]
        log.append(Record(partition, len(log), datetime.now(UTC), record.key, record.value, record.headers))
        async with self._arrived:
            self._arrived.notify_all()

    async def wait(self, seconds: float) -> None:
        async with self._arrived:
            try:
                await asyncio.wait_for(self._arrived.wait(), seconds)
            except TimeoutError:
                return

    def join(self, group: str, source: "MemorySource") -> None:
        self._groups.setdefault(group, []).append(source)
        self._rebalance(group)

    def leave(self, group: str, source: "MemorySource") -> None:
        self._groups[group].remove(source)
        self._rebalance(group)

    def _rebalance(self, group: str) -> None:
        self._epoch += 1
        members = self._groups[group]
        for place, member in enumerate(members):
            mine = [p for p in self.logs if p.topic in member.topics and p.number % len(members) == place]
            member.assigned(mine, self._epoch)


class MemoryPublisher:
    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    async def publish(self, records: Sequence[Outgoing]) -> None:
        if self._broker.away:
            raise Unavailable("the broker is away")
        for record in records:
            await self._broker.append(record)


class MemorySource:
    def __init__(self, broker: MemoryBroker, topics: Sequence[str], group: str, *, max_records: int = 500) -> None:
        self.topics = tuple(topics)
        self._broker = broker
        self._group = group
        self._max_records = max_records
        self._epochs: dict[Partition, int] = {}
        self._positions: dict[Partition, int] = {}
        self.committed: dict[Partition, int] = {}
        broker.join(group, self)

    def assigned(self, partitions: Sequence[Partition], epoch: int) -> None:
        self._epochs = dict.fromkeys(partitions, epoch)
        self._positions = dict.fromkeys(partitions, 0)

    def assignment(self) -> Mapping[Partition, int]:
        return dict(self._epochs)

    async def seek(self, positions: Mapping[Partition, int]) -> Mapping[Partition, int]:
        if self._broker.away:
            raise Unavailable("the broker is away")
        if any(offset > len(self._broker.logs[partition]) for partition, offset in positions.items()):
            raise Stuck("the log ends before the stored offset")
        self._positions.update(positions)
        return positions

    async def poll(self, max_wait: float) -> Mapping[Partition, Sequence[Record]]:
        if not (found := self._fetch()):
            await self._broker.wait(max_wait)
            found = self._fetch()
        return found

    def _fetch(self) -> dict[Partition, Sequence[Record]]:
        found: dict[Partition, Sequence[Record]] = {}
        if self._broker.away:
            return found
        for partition, position in self._positions.items():
            if records := self._broker.logs[partition][position : position + self._max_records]:
                found[partition] = records
                self._positions[partition] = position + len(records)
        return found

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        self.committed.update(positions)

    def newest(self) -> Mapping[Partition, int]:
        return {partition: len(self._broker.logs[partition]) for partition in self._epochs}

    async def close(self) -> None:
        self._broker.leave(self._group, self)


class MemoryLedger:
    """Offsets and inbox in memory; the transaction handed to the handler is a list that is kept only on success."""

    def __init__(self) -> None:
        self.effects: list[Any] = []
        self.offsets: dict[Partition, int] = {}
        self.away = False
        self._seen: set[tuple[str, str, str]] = set()

    async def position(self, partition: Partition) -> int:
        if self.away:
            raise Unavailable("the database is away")
        return self.offsets.get(partition, 0)

    async def apply(
        self,
        partition: Partition,
        start: int,
        end: int,
        events: Sequence[Event[Any]],
        handler: Handler[list[Any]],
    ) -> int:
        if self.away:
            raise Unavailable("the database is away")
        if self.offsets.get(partition, 0) != start:
            raise Fenced(f"the offset is not {start}")
        first: dict[tuple[str, str, str], Event[Any]] = {}
        for event in events:
            first.setdefault(event.identity, event)
        fresh = [event for identity, event in first.items() if identity not in self._seen]
        effects: list[Any] = []
        await handler(effects, fresh)
        self.effects += effects
        self._seen.update(event.identity for event in fresh)
        self.offsets[partition] = end
        return len(fresh)
