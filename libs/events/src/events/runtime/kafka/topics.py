"""Creating topics, and refusing ones that are not as they must be."""

import asyncio
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka.access import Bootstrap, connecting
from events.runtime.kafka.client import CALL_SECONDS
from events.topics import Topic


async def ensure_topics(bootstrap: Bootstrap, topics: Sequence[Topic], *, replication: int = 1) -> list[str]:
    """Create the topics that are missing; existing ones are left as they are. Returns the names created.

    Raises:
        Unavailable: the broker did not answer within 10 s.
        Stuck: it refused, or a topic exists with another number of partitions (keys would not meet any more).
    """
    admin = AIOKafkaAdminClient(**connecting(bootstrap), client_id="amends-topics", request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await admin.start()
            created = await _create(admin, topics, replication)
            described = {
                t["topic"]: len(t["partitions"]) for t in await admin.describe_topics([t.name for t in topics])
            }
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"kafka at {bootstrap}: {type(error).__name__}") from error
    finally:
        await admin.close()
    for topic in topics:
        if described.get(topic.name, topic.partitions) not in (0, topic.partitions):
            raise Stuck(f"topic {topic.name} has {described[topic.name]} partitions, not {topic.partitions}")
    return created


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
