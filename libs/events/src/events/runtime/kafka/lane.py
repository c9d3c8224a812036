"""Group commit for one partition: while one batch is in flight the next gathers."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from events.runtime.errors import Unavailable
from events.runtime.kafka.calls import Backlog, Share
from events.runtime.kafka.connection import Connection, TooLarge
from events.runtime.stream import Outgoing, Partition

MOST_RECORDS = 1 << 20


class Lane:
    """What waits for one partition. No other partition waits for it, nor it for any other."""

    def __init__(self, partition: Partition, connection: Connection) -> None:
        self._partition = partition
        self._connection = connection
        self._backlog = Backlog()
        self._most = MOST_RECORDS
        self.task: asyncio.Task[None] | None = None

    def put(self, share: Share) -> None:
        """Raises Unavailable when too much waits."""
        self._backlog.put(share)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        while self._backlog:
            try:
                batch = (await self._connection.open()).create_batch()
            except Unavailable as error:
                self._backlog.fail(error)
            else:
                if taken := self._fill(batch):
                    await self._store(batch, taken)

    def _fill(self, batch: Any) -> list[Share]:
        """Move what fits into ``batch``, in order, leaving out what nobody waits for any more."""
        taken: list[Share] = []
        room = self._most
        while self._backlog and room:
            share = self._backlog.pop()
            records, call = share.records, share.call
            if call.answer.done():
                continue
            try:
                count = _append(batch, records if len(records) <= room else records[:room])
            except (TypeError, ValueError) as error:  # not bytes: its sender's mistake, and nobody else's
                call.failed(error)
                continue
            if count:
                taken.append(share if count == len(records) else Share(records[:count], call))
                room -= count
            if count < len(records):
                self._backlog.put_back(Share(records[count:], call))
                break
        return taken

    async def _store(self, batch: Any, taken: list[Share]) -> None:
        try:
            await self._connection.send(batch, self._partition)
        except TooLarge as error:
            self._split(batch.record_count(), taken, error)
        except Unavailable as error:
            for share in taken:
                share.call.failed(error)
        else:
            self._most = min(self._most * 2, MOST_RECORDS)
            for share in taken:
                share.call.stored(len(share.records))

    def _split(self, count: int, taken: list[Share], error: TooLarge) -> None:
        """Try again with half as many, so that in the end a record that is too large fails alone."""
        if count > 1:
            self._most = count // 2
            for share in reversed(taken):
                self._backlog.put_back(share)
            return
        unavailable = Unavailable("kafka: the topic takes no record of this size")
        unavailable.__cause__ = error
        taken[0].call.failed(unavailable)


def _append(batch: Any, records: Sequence[Outgoing]) -> int:
    """Append until ``batch`` is full; it takes its first record whatever its size. Returns how many fitted."""
    now = int(time.time() * 1000)
    for count, record in enumerate(records):
        key, value = record.key, record.value
        if key is None and value is None:
            key = b""  # aiokafka refuses a record without either, which others may have written
        if batch.append(timestamp=now, key=key, value=value, headers=list(record.headers)) is None:
            return count
    return len(records)
