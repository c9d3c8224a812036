"""The consume loop: records in, one transaction per partition and poll, effects exactly once.

The order that makes it so, for each batch of one partition:
  1. what cannot be decoded is written to the dead-letter topic and acknowledged there;
  2. offset (compare-and-set), inbox and effects commit in one database transaction;
  3. only then the position is told to Kafka, for lag tools alone.
On assignment the loop seeks to the offset the database holds. A kill between any two steps repeats at most step 1.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from events import codec
from events.envelope import Event
from events.problems import Invalid
from events.runtime.dead_letters import DeadLetters, Reason
from events.runtime.errors import Fenced, Stuck, Unavailable
from events.runtime.ports import Decode, Handler, Ledger
from events.runtime.stream import Partition, Record, Source
from events.runtime.telemetry import ConsumerTelemetry
from events.runtime.tracing_records import about, processing
from events.runtime.waiting import pause

log = structlog.get_logger()

T = TypeVar("T")
Tx = TypeVar("Tx")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds the loop waits: for records, before each retry (the last repeats), and until it calls itself stuck."""

    poll: float = 0.5
    retries: tuple[float, ...] = (0.1, 0.5, 1.0, 2.0, 5.0)
    stall: float = 60.0


STEADY = Pace()


class _Stopping(Exception):
    """We were asked to stop while waiting for a dependency."""


@dataclass(slots=True)
class _Cursor:
    """``next``: the stored offset. ``oldest``: the first that the log still had; what came before it has expired."""

    epoch: int
    next: int
    oldest: int

    @property
    def position(self) -> int:
        return max(self.next, self.oldest)


@dataclass(frozen=True, slots=True)
class _Item:
    record: Record
    event: Event[Any]


async def consume(
    source: Source,
    ledger: Ledger[Tx],
    handlers: Sequence[Handler[Tx]],
    dead_letters: DeadLetters,
    telemetry: ConsumerTelemetry,
    stop: asyncio.Event,
    pace: Pace = STEADY,
    decode: Decode = codec.decode,
) -> None:
    """Consume until ``stop`` is set.

    Args:
        handlers: each works on partitions of its own beside the others: while one waits for the database, another
            computes. Partitions of equal number, in which a customer's events are, have the same one.

    Raises:
        Stuck: no progress for ``pace.stall`` although records wait, or too many dead letters.
    """
    await _Loop(source, ledger, handlers, dead_letters, telemetry, stop, pace, decode).run()


class _Loop:
    def __init__(
        self,
        source: Source,
        ledger: Ledger[Any],
        handlers: Sequence[Handler[Any]],
        dead_letters: DeadLetters,
        telemetry: ConsumerTelemetry,
        stop: asyncio.Event,
        pace: Pace,
        decode: Decode,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._handlers = handlers
        self._decode = decode
        self._dead_letters = dead_letters
        self._telemetry = telemetry
        self._stop = stop
        self._pace = pace
        self._cursors: dict[Partition, _Cursor] = {}
        self._progress = time.monotonic()

    async def run(self) -> None:
        while not self._stop.is_set():
            try:
                await self._round()
            except _Stopping:
                return

    async def _round(self) -> None:
        polled = await self._source.poll(self._pace.poll)
        moved = await self._retrying(self._follow_assignment)
        lanes: dict[int, list[Partition]] = {}
        for partition in sorted(polled, key=lambda each: len(polled[each])):  # nobody waits long behind a flood
            if partition not in moved:
                lanes.setdefault(self._lane(partition), []).append(partition)
        ends = await asyncio.gather(
            *(self._along(polled, partitions) for partitions in lanes.values()), return_exceptions=True
        )
        for end in ends:  # only now: whatever is in a transaction is never cancelled
            if isinstance(end, BaseException):
                raise end
        self._watch()
        await self._source.commit({p: cursor.position for p, cursor in self._cursors.items()})

    def _lane(self, partition: Partition) -> int:
        return partition.number % len(self._handlers)

    async def _along(self, polled: Mapping[Partition, Sequence[Record]], partitions: Sequence[Partition]) -> None:
        for partition in partitions:
            if partition in self._cursors and not self._stop.is_set():
                await self._take(partition, polled[partition])

    async def _follow_assignment(self) -> frozenset[Partition]:
        """Seek partitions that are newly ours; forget those that are not. Returns the ones that moved."""
        assigned = self._source.assignment()
        self._cursors = {p: c for p, c in self._cursors.items() if assigned.get(p) == c.epoch}
        stored = {p: await self._ledger.position(p) for p in assigned if p not in self._cursors}
        oldest = await self._source.seek(stored) if stored else {}
        for partition, start in oldest.items():
            self._cursors[partition] = _Cursor(assigned[partition], stored[partition], start)
            place = {"topic": partition.topic, "partition": partition.number, "offset": stored[partition]}
            if start > stored[partition]:
                log.error("records expired before they were applied", **place, oldest=start)
            log.info("partition assigned", **place)
        return frozenset(oldest)

    async def _take(self, partition: Partition, records: Sequence[Record]) -> None:
        self._telemetry.received(partition.topic, len(records))
        try:
            await self._in_order(partition, records)
        except Fenced:
            log.warning("partition lost", topic=partition.topic, partition=partition.number)
            self._cursors.pop(partition, None)

    async def _in_order(self, partition: Partition, records: Sequence[Record]) -> None:
        """What precedes a record that cannot be decoded is applied first: dead letters are judged as they come."""
        items: list[_Item] = []
        first = self._cursors[partition].next
        for record in (r for r in records if r.offset >= first):
            try:
                items.append(_Item(record, self._decode(record.headers, record.value)))
            except Invalid as error:
                if items:
                    await self._apply(partition, items, items[-1].record.offset + 1)
                    items = []
                await self._bury(record, Reason.of(error), error)
        await self._apply(partition, items, records[-1].offset + 1)

    async def _apply(self, partition: Partition, items: Sequence[_Item], end: int) -> None:
        """Apply up to ``end``; where the data makes it fail, halve until the one record that does stands alone."""
        try:
            await self._retrying(lambda: self._commit(partition, [i.event for i in items], end))
        except (Fenced, Stuck, _Stopping):
            raise
        except Exception as error:
            if len(items) > 1:
                middle = len(items) // 2
                await self._apply(partition, items[:middle], items[middle - 1].record.offset + 1)
                await self._apply(partition, items[middle:], end)
            elif items:
                await self._bury(items[0].record, Reason.NOT_APPLICABLE, error)
                await self._apply(partition, [], end)
            else:
                raise

    async def _commit(self, partition: Partition, events: Sequence[Event[Any]], end: int) -> None:
        cursor = self._cursors[partition]
        if end <= cursor.next:
            return
        handler = self._handlers[self._lane(partition)]
        with processing(partition.topic, events):
            new = await self._ledger.apply(partition, cursor.next, end, events, handler)
        cursor.next = end
        self._progress = time.monotonic()
        self._dead_letters.applied(partition, len(events))
        self._telemetry.applied(partition.topic, new=new, seen=len(events) - new)

    async def _bury(self, record: Record, reason: Reason, error: Exception) -> None:
        await self._retrying(lambda: self._dead_letters.put(record, reason, error))
        self._telemetry.dead_lettered(record.partition.topic, reason)
        log.warning("dead-lettered", reason=reason.value, **about(record))

    async def _retrying(self, step: Callable[[], Awaitable[T]]) -> T:
        """Infrastructure that is away is waited for, for ever; data is never blamed for it."""
        attempt = 0
        while True:
            try:
                return await step()
            except Unavailable as error:
                if self._stop.is_set():
                    raise _Stopping from error
                log.warning("waiting for a dependency", error=str(error), attempt=attempt)
                self._telemetry.retried()
                self._telemetry.lag(self._lag())
                await pause(self._stop, self._pace.retries[min(attempt, len(self._pace.retries) - 1)])
                self._progress = time.monotonic()
                attempt += 1

    def _watch(self) -> None:
        """An idle broker and a dead fetcher look alike, but for the lag."""
        lag = self._lag()
        self._telemetry.lag(lag)
        if not any(lag.values()):
            self._progress = time.monotonic()
        elif time.monotonic() - self._progress > self._pace.stall:
            raise Stuck(f"no record applied for {self._pace.stall:.0f} s although records wait")

    def _lag(self) -> dict[Partition, int]:
        newest = self._source.newest()
        return {p: max(0, newest.get(p, 0) - cursor.position) for p, cursor in self._cursors.items()}
