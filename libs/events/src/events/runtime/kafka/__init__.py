"""The ports on Apache Kafka. Only this package knows aiokafka; docs/guarantees.md says why it is as it is."""

from events.runtime.kafka.access import Bootstrap, KafkaAccess, refusal
from events.runtime.kafka.acls import grant
from events.runtime.kafka.client import SESSION_SECONDS
from events.runtime.kafka.publisher import KafkaPublisher
from events.runtime.kafka.raising import raise_partitions
from events.runtime.kafka.reading import group_members, read_topic
from events.runtime.kafka.source import KafkaSource
from events.runtime.kafka.topics import ensure_topics

__all__ = [
    "SESSION_SECONDS",
    "Bootstrap",
    "KafkaAccess",
    "KafkaPublisher",
    "KafkaSource",
    "ensure_topics",
    "grant",
    "group_members",
    "raise_partitions",
    "read_topic",
    "refusal",
]
