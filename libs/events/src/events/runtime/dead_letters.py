"""Records that cannot be applied: kept byte for byte in a topic of their own, with the reason."""

import re
from collections import deque
from datetime import UTC, datetime
from enum import StrEnum

from events.problems import Invalid
from events.runtime.errors import Stuck
from events.runtime.stream import Outgoing, Partition, Publisher, Record

PREFIX = "dlq_"
MAX_IN_A_ROW = 100
MAX_SHARE = 0.10
SHARE_OF = 1000
_THEIRS = re.compile("(?<=/answers)/.*")
"""What a pointer has that is no field of ours: the keys below ``answers`` are the sender's."""


class Reason(StrEnum):
    """Why a record was set aside. A closed set: it is a metric label."""

    UNDECODABLE = "undecodable"
    UNKNOWN_TYPE = "unknown-type"
    INVALID = "invalid"
    NOT_APPLICABLE = "not-applicable"

    @classmethod
    def of(cls, error: Invalid) -> "Reason":
        if error.syntax:
            return cls.UNDECODABLE
        return cls.UNKNOWN_TYPE if any(p.code == "unknown-type" for p in error.problems) else cls.INVALID


class DeadLetters:
    """Writes dead letters for one consumer, and stops when there are too many: then we are what is broken."""

    def __init__(self, publisher: Publisher, consumer: str) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self._recent: dict[Partition, deque[bool]] = {}

    async def put(self, record: Record, reason: Reason, error: Exception) -> None:
        """Return when the dead letter is stored.

        Raises:
            Unavailable: it could not be stored; the offset must not move.
            Stuck: over 100 in a row, or over 10 % of the last 1,000 records of the partition.
        """
        self._judge(record.partition)
        topic = f"{record.partition.topic}-{self._consumer}-dlq"
        headers = (*record.headers, *self._origin(record, reason, error))
        await self._publisher.publish([Outgoing(topic, record.key, record.value, headers)])
        self._history(record.partition).append(True)

    def applied(self, partition: Partition, count: int) -> None:
        self._history(partition).extend([False] * min(count, SHARE_OF))

    def _history(self, partition: Partition) -> deque[bool]:
        return self._recent.setdefault(partition, deque(maxlen=SHARE_OF))

    def _judge(self, partition: Partition) -> None:
        recent = self._history(partition)
        row = list(recent)[-MAX_IN_A_ROW:]
        if len(row) == MAX_IN_A_ROW and all(row):
            raise Stuck(f"{MAX_IN_A_ROW} dead letters in a row on {partition.topic}/{partition.number}")
        if len(recent) == SHARE_OF and sum(recent) > MAX_SHARE * SHARE_OF:
            raise Stuck(f"over {MAX_SHARE:.0%} of the last {SHARE_OF} records of {partition.topic} are dead letters")

    def _origin(self, record: Record, reason: Reason, error: Exception) -> tuple[tuple[str, bytes], ...]:
        """Nothing of the record's content: pointers and codes, or the name of the exception."""
        if isinstance(error, Invalid):
            what = "; ".join(f"{_THEIRS.sub('', p.pointer) or '/'} {p.code}" for p in error.problems[:10])
        else:
            what = type(error).__name__
        values = {
            "reason": reason.value,
            "error": what,
            "consumer": self._consumer,
            "topic": record.partition.topic,
            "partition": str(record.partition.number),
            "offset": str(record.offset),
            "at": datetime.now(UTC).isoformat(),
        }
        return tuple((PREFIX + name, value.encode()) for name, value in values.items())
