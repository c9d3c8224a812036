"""The partitions of one topic, as a publisher sees them."""

import asyncio
import itertools
from collections.abc import Sequence

from events.runtime.errors import Unavailable
from events.runtime.kafka.calls import Backlog, Call, Share
from events.runtime.kafka.connection import Connection
from events.runtime.kafka.lane import Lane
from events.runtime.kafka.partitioning import partition_of
from events.runtime.stream import Outgoing, Partition


class TopicLanes:
    """Routes records to lanes; until the number of partitions is known they wait here, in order."""

    def __init__(self, name: str, connection: Connection) -> None:
        self._name = name
        self._connection = connection
        self._lanes: list[Lane] = []
        self._count = 0
        self._turn = itertools.count()
        self._unrouted = Backlog()
        self._opening: asyncio.Task[None] | None = None

    def put(self, records: Sequence[Outgoing], call: Call) -> None:
        """Raises Unavailable when too much waits."""
        if self._count and not self._unrouted:
            self._route(records, call)
            return
        self._unrouted.put(Share(records, call))
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())

    def resize(self, count: int) -> None:
        """A topic that was made anew may have fewer partitions: what waits for the others will fail."""
        self._lanes += [Lane(Partition(self._name, n), self._connection) for n in range(len(self._lanes), count)]
        self._count = count

    def tasks(self) -> list[asyncio.Task[None]]:
        """What is still at work."""
        found = (self._opening, *(lane.task for lane in self._lanes))
        return [task for task in found if task is not None and not task.done()]

    async def _open(self) -> None:
        try:
            self.resize(await self._connection.partitions(self._name))
        except Unavailable as error:
            self._unrouted.fail(error)
        while self._unrouted:
            share = self._unrouted.pop()
            try:
                self._route(share.records, share.call)
            except Unavailable as error:
                share.call.failed(error)

    def _route(self, records: Sequence[Outgoing], call: Call) -> None:
        if len(records) == 1:  # most calls of a busy ingest: every µs counts
            self._lanes[self._number(records[0].key)].put(Share(records, call))
            return
        by_number: dict[int, list[Outgoing]] = {}
        for record in records:
            by_number.setdefault(self._number(record.key), []).append(record)
        for number, share in by_number.items():
            self._lanes[number].put(Share(share, call))

    def _number(self, key: bytes | None) -> int:
        return next(self._turn) % self._count if key is None else partition_of(key, self._count)
