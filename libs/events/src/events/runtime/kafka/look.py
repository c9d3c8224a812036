"""Looking at a cluster as an operator does: brokers, topics and their settings, where partitions begin and end.

Changes nothing and joins no group. Topics are never asked for by a name that may not be there: a broker that creates
topics by itself would create them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from events.runtime.errors import Unavailable
from events.runtime.kafka.access import Bootstrap, connecting
from events.runtime.kafka.client import bounded_stop, record_of
from events.runtime.stream import Partition

LOOK_SECONDS = 6.0
"""Within which a cluster answers, or is away."""


class Cluster(NamedTuple):
    """``controller``: the number of a broker; None where there is none now."""

    brokers: int
    controller: int | None


class Seen(NamedTuple):
    """A topic as it is.

    Attributes:
        replicas, in_sync: of the partition that has the fewest.
        settings: as Kafka names them; None where we may not see them.
    """

    partitions: int
    replicas: int
    in_sync: int
    settings: Mapping[str, str] | None


class Span(NamedTuple):
    """What a partition keeps: from offset ``begin`` to before ``end``."""

    begin: int
    end: int


async def cluster(bootstrap: Bootstrap) -> Cluster:
    """Raises Unavailable; Stuck where a certificate cannot be used."""
    async with _admin(bootstrap) as admin:
        said = await admin.describe_cluster()
    return Cluster(len(said["brokers"]), said["controller_id"] if said["controller_id"] >= 0 else None)


async def topics(bootstrap: Bootstrap, names: Iterable[str]) -> dict[str, Seen]:
    """Those of ``names`` that are there. Raises Unavailable."""
    async with _admin(bootstrap) as admin:
        wanted = set(names)
        there = {said["topic"]: said["partitions"] for said in await admin.describe_topics() if said["topic"] in wanted}
        settings = await _settings(admin, there)
    return {
        name: Seen(
            len(partitions),
            min((len(one["replicas"]) for one in partitions), default=0),
            min((len(one["isr"]) for one in partitions), default=0),
            settings.get(name),
        )
        for name, partitions in there.items()
    }


async def spans(bootstrap: Bootstrap, names: Iterable[str]) -> dict[Partition, Span]:
    """Of the partitions of those of ``names`` that are there. Raises Unavailable."""
    there = await topics(bootstrap, names)
    places = [TopicPartition(name, number) for name, seen in there.items() for number in range(seen.partitions)]
    async with _consumer(bootstrap) as consumer:
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return {Partition(*place): Span(begins[place], ends[place]) for place in places}


async def stored_at(bootstrap: Bootstrap, places: Mapping[Partition, int]) -> dict[Partition, datetime]:
    """When the first record at or after each offset was stored, by the clock of whoever wrote it.

    What does not come within 6 s is left out. Raises Unavailable.
    """
    wanted = {TopicPartition(*place): offset for place, offset in places.items()}
    found: dict[Partition, datetime] = {}
    if not wanted:
        return found
    async with _consumer(bootstrap) as consumer:
        consumer.assign(list(wanted))
        for place, offset in wanted.items():
            consumer.seek(place, offset)
        try:
            async with asyncio.timeout(LOOK_SECONDS / 2):
                while len(found) < len(wanted):
                    missing = [place for place in wanted if Partition(*place) not in found]
                    for place, messages in (await consumer.getmany(*missing, timeout_ms=200)).items():
                        found[Partition(*place)] = record_of(messages[0]).timestamp
        except TimeoutError:
            pass
    return found


async def _settings(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answers = await admin.describe_configs(asked) if asked else ()
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for error, _, _, name, entries in answer.resources
        if not error
    }


@asynccontextmanager
async def _admin(bootstrap: Bootstrap) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(
        **connecting(bootstrap), client_id="amends-look", request_timeout_ms=int(LOOK_SECONDS * 1000)
    )
    async with _answering(bootstrap):
        try:
            await client.start()
            yield client
        finally:
            await client.close()


@asynccontextmanager
async def _consumer(bootstrap: Bootstrap) -> AsyncIterator[AIOKafkaConsumer]:
    client: Any = AIOKafkaConsumer(**connecting(bootstrap), client_id="amends-look", enable_auto_commit=False)
    async with _answering(bootstrap):
        try:
            await client.start()
            yield client
        finally:
            await bounded_stop(client)


@asynccontextmanager
async def _answering(bootstrap: Bootstrap) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            yield
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
