"""The ports between the consume loop and a log of records. ``kafka.py`` and ``memory.py`` implement them alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from msgspec import Struct

from events.codec import Headers


class Partition(NamedTuple):
    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was read. ``timestamp`` is when the log took it."""

    partition: Partition
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Outgoing(Struct, frozen=True, gc=False):
    """One record to be written. Equal keys of topics with equal partition counts land on equal partition numbers.

    A Struct, since ingest makes one per event: a frozen dataclass takes four times as long to make.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Publisher(Protocol):
    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Return when every in-sync replica has all of them, in order per partition.

        Raises:
            Unavailable: not within the deadline; some, all or none may have been stored.
        """
        ...


class Source(Protocol):
    """One member of a consumer group."""

    def assignment(self) -> Mapping[Partition, int]:
        """What is ours now, each with an epoch that changes whenever it is assigned anew."""
        ...

    async def seek(self, positions: Mapping[Partition, int]) -> Mapping[Partition, int]:
        """Read on from these offsets; from the earliest record where one no longer exists. Returns where it reads on.

        All at once, since each question to a broker may wait behind a fetch. Partitions that were lost meanwhile are
        left out.

        Raises:
            Stuck: a log ends before its offset: it is not the log we knew.
            Unavailable: the broker did not answer.
        """
        ...

    async def poll(self, max_wait: float) -> Mapping[Partition, Sequence[Record]]:
        """What has come, oldest first per partition; {} after ``max_wait`` seconds, which says nothing of the end.

        Raises:
            Stuck: the client has failed for good; nothing would ever come again.
        """
        ...

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """Tell lag tools where we are. Best effort: nothing depends on it and it never raises."""
        ...

    def newest(self) -> Mapping[Partition, int]:
        """Where each partition of ours ends (its next offset), as far as known from the last fetch."""
        ...
