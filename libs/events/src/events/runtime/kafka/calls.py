"""Who waits for records to be stored, and the records that wait."""

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from copy import copy

from events.runtime.errors import Unavailable
from events.runtime.stream import Outgoing

MOST_WAITING = 16 * 1024 * 1024
"""Bytes that may wait for one partition, by weight."""

RECORD_WEIGHT = 1024
"""What a record weighs besides its value: key, headers, and Python's own objects. Bounds their number too."""


class Call:
    """One call of ``publish``. It is over when all its records are stored, one is not, or its time is up."""

    __slots__ = ("_left", "answer", "due")

    def __init__(self, records: int, answer: asyncio.Future[None], due: float) -> None:
        self._left = records
        self.answer = answer
        self.due = due

    def stored(self, records: int) -> None:
        """So many more."""
        self._left -= records
        if not self._left and not self.answer.done():
            self.answer.set_result(None)

    def failed(self, error: Exception) -> None:
        """Each caller raises an exception of its own: one that many raise would gather all their tracebacks."""
        if not self.answer.done():
            own = copy(error)
            own.__cause__ = error
            self.answer.set_exception(own)


class Calls:
    """The calls under way. As all have the same time, the oldest is the first to run out of it: one timer does."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._oldest_first: deque[Call] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, records: int) -> Call:
        loop = asyncio.get_running_loop()
        call = Call(records, loop.create_future(), loop.time() + self._seconds)
        self._forget_the_answered()
        self._oldest_first.append(call)
        if self._timer is None:
            self._timer = loop.call_at(call.due, self._expire)
        return call

    def _forget_the_answered(self) -> None:
        while self._oldest_first and self._oldest_first[0].answer.done():
            self._oldest_first.popleft()

    def _expire(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for call in itertools.takewhile(lambda call: call.due <= now, self._oldest_first):
            call.failed(Unavailable("kafka: TimeoutError"))
        self._forget_the_answered()
        self._timer = loop.call_at(self._oldest_first[0].due, self._expire) if self._oldest_first else None

    async def end(self) -> None:
        """Wait until all are over, of which their time makes sure, and leave no timer behind."""
        if answers := [call.answer for call in self._oldest_first if not call.answer.done()]:
            await asyncio.wait(answers)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Share:
    """Those records of a call that wait for the same thing, in order. ``weight`` in bytes."""

    __slots__ = ("call", "records", "weight")

    def __init__(self, records: Sequence[Outgoing], call: Call) -> None:
        self.records = records
        self.call = call
        self.weight = RECORD_WEIGHT * len(records)
        for record in records:
            if record.value is not None:
                self.weight += len(record.value)


class Backlog:
    """Shares that wait, first in first out. Whatever stands before MOST_WAITING is reached is taken whole."""

    __slots__ = ("_shares", "_weight")

    def __init__(self) -> None:
        self._shares: deque[Share] = deque()
        self._weight = 0

    def __bool__(self) -> bool:
        return bool(self._shares)

    def put(self, share: Share) -> None:
        """Raises Unavailable when there is no room: to wait for some would only move the heap to the callers."""
        if self._weight > MOST_WAITING:
            raise Unavailable("kafka: too much waits for one partition")
        self._shares.append(share)
        self._weight += share.weight

    def put_back(self, share: Share) -> None:
        """What was popped, or the end of it, becomes the first again."""
        self._shares.appendleft(share)
        self._weight += share.weight

    def pop(self) -> Share:
        share = self._shares.popleft()
        self._weight -= share.weight
        return share

    def fail(self, error: Exception) -> None:
        while self._shares:
            self.pop().call.failed(error)
