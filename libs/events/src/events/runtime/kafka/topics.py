"""Creating topics, and refusing ones that are not as they must be."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka.access import Bootstrap, connecting
from events.runtime.kafka.client import CALL_SECONDS
from events.topics import Topic, uneven


async def ensure_topics(
    bootstrap: Bootstrap, topics: Sequence[Topic], *, replication: int = 1, partitions: int | None = None
) -> list[str]:
    """Create the topics that are missing; existing ones are left as they are. Returns the names created.

    Args:
        partitions: of each keyed topic. None: as many as those have that are there, else what each begins with.

    Raises:
        Unavailable: the broker did not answer within 10 s.
        Stuck: it refused, or a topic exists with another number of partitions (keys would not meet any more).
    """
    admin = AIOKafkaAdminClient(**connecting(bootstrap), client_id="amends-topics", request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await admin.start()
            there = {t["topic"]: len(t["partitions"]) for t in await admin.describe_topics() if t["partitions"]}
            return await _create(admin, _numbered(topics, there, partitions), replication)
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
    finally:
        await admin.close()


def _numbered(topics: Sequence[Topic], there: Mapping[str, int], wanted: int | None) -> list[Topic]:
    """``topics`` with as many partitions as they are to have. Raises Stuck where those that are there have others."""
    keyed = {topic.name: there[topic.name] for topic in topics if topic.keyed and topic.name in there}
    if wrong := uneven(keyed):
        raise Stuck(f"{wrong}: raise all to {max(keyed.values())} (docs/scaling.md)")
    number = next(iter(keyed.values()), wanted)
    if wanted and number != wanted:
        raise Stuck(f"the topics have {number} partitions, not {wanted}: docs/scaling.md says how to raise them")
    for topic in topics:
        if not topic.keyed and there.get(topic.name, topic.partitions) != topic.partitions:
            raise Stuck(f"topic {topic.name} has {there[topic.name]} partitions, not {topic.partitions}")
    return [replace(topic, partitions=number) if number and topic.keyed else topic for topic in topics]


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> list[str]:
    wanted = [
        NewTopic(
            topic.name,
            topic.partitions,
            replication,
            topic_configs={name: str(value) for name, value in topic.settings(replication).items()},
        )
        for topic in topics
    ]
    response = await admin.create_topics(wanted)
    created = []
    for name, code, *message in response.topic_errors:
        if code == 0:
            created.append(name)
        elif code != TopicAlreadyExistsError.errno:
            raise Stuck(f"topic {name} could not be created: {message[0] if message else code}")
    return created
