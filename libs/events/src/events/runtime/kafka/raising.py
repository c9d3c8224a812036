"""More partitions for topics whose keys meet: for all of them together, while nobody reads and nothing is unread.

A key's records go to another partition from then on. Once all that is in the old one was applied, no reader can find
a customer's events in the wrong order, or two readers the same customer's.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError

from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka.access import Bootstrap, connecting
from events.runtime.kafka.client import CALL_SECONDS
from events.runtime.kafka.look import Span, spans
from events.runtime.kafka.reading import group_members
from events.runtime.stream import Partition
from events.topics import Topic

Unread = Mapping[tuple[str, str], int]
"""Reader and topic to records."""


async def raise_partitions(
    bootstrap: Bootstrap, topics: Sequence[Topic], number: int, *, dry_run: bool = False
) -> list[str]:
    """Give those of ``topics`` that are there, and keyed, ``number`` partitions. Returns the names of the raised.

    Args:
        dry_run: only say what would be done, or why it must not be done.

    Raises:
        Unavailable: the broker did not answer in time. What was raised stays: call it again.
        Stuck: it must not be done now (``objection`` says why), or the broker refused.
    """
    keyed = [topic for topic in topics if topic.keyed]
    readers = sorted({reader for topic in keyed for reader in topic.readers})
    members = await group_members(bootstrap, readers)
    admin = AIOKafkaAdminClient(**connecting(bootstrap), client_id="amends-topics", request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await admin.start()
            told = {reader: await _told(admin, reader) for reader in readers}
            kept = await spans(bootstrap, (topic.name for topic in keyed))  # last: what is written meanwhile is unread
            have = Counter(place.topic for place in kept)
            if why_not := objection(have, number, members, _unread(keyed, kept, told)):
                raise Stuck(why_not)
            fewer = sorted(name for name in have if have[name] < number)
            if fewer and not dry_run:
                await admin.create_partitions({name: NewPartitions(number) for name in fewer})
            return fewer
    except (KafkaError, TimeoutError, OSError) as error:
        if isinstance(error, KafkaError) and not error.retriable:
            raise Stuck(f"kafka at {bootstrap}: {error}") from error
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
    finally:
        await admin.close()


def objection(have: Mapping[str, int], number: int, members: Mapping[str, int], unread: Unread) -> str:
    """Why topics that ``have`` so many partitions must not get ``number`` now; empty where they may.

    ``members``: of each reader's group.
    """
    if more := [f"{name} has {have[name]}" for name in sorted(have) if have[name] > number]:
        return f"partitions are never taken away: {', '.join(more)}, more than {number}"
    reading = [f"{reader} ({count})" for reader, count in members.items() if count]
    waiting = [f"{reader} has {count} of {topic} to read" for (reader, topic), count in unread.items() if count]
    said = [f"processes still read: stop {', '.join(reading)}"] if reading else []
    said += [f"records are unread: {', '.join(waiting)}"] if waiting else []
    return "; ".join(said) and f"not raised, {'; '.join(said)} (docs/scaling.md)"


async def _told(admin: AIOKafkaAdminClient, reader: str) -> dict[Partition, int]:
    """Where a reader said last that it is, which it says after it has applied."""
    try:
        found = await admin.list_consumer_group_offsets(reader)
    except GroupCoordinatorNotAvailableError:  # a broker that has never seen a group
        return {}
    return {Partition(place.topic, place.partition): committed.offset for place, committed in found.items()}


def _unread(
    topics: Sequence[Topic], kept: Mapping[Partition, Span], told: Mapping[str, Mapping[Partition, int]]
) -> Unread:
    return {
        (reader, topic.name): sum(
            max(0, span.end - max(span.begin, told[reader].get(place, 0)))
            for place, span in kept.items()
            if place.topic == topic.name
        )
        for topic in topics
        for reader in topic.readers
    }
