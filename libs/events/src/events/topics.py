"""The Kafka topics. Related events share a key and a partition count, so a customer's share a partition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

PARTITIONS = 6
"""How many a topic begins with. What counts later is how many the topics have: all that are keyed the same number."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    Attributes:
        writers: the services that write it.
        readers: the consumers (services) that read it; each has a dead-letter topic of its own.
        partitions: how many it begins with.
        keyed: whether equal keys meet in it and in all others that are, which takes partitions in equal number.
        retention: how long Kafka keeps the records.
        record_bytes: the largest record it takes; a dead letter is a record and its reason, so its topic takes more.
    """

    name: str
    writers: tuple[str, ...] = ("ingest",)
    readers: tuple[str, ...] = ()
    partitions: int = PARTITIONS
    keyed: bool = True
    retention: timedelta = timedelta(days=30)
    record_bytes: int = 1024 * 1024

    def dead_letters(self, consumer: str) -> "Topic":
        """Where ``consumer`` puts the records of this topic that it cannot apply."""
        return Topic(
            f"{self.name}-{consumer}-dlq",
            writers=(consumer,),
            partitions=1,
            keyed=False,
            retention=timedelta(days=90),
            record_bytes=2 * self.record_bytes,
        )

    def settings(self, replication: int) -> dict[str, int]:
        """What Kafka is told of it, where it has so many copies: one may be away."""
        return {
            "retention.ms": int(self.retention.total_seconds() * 1000),
            "min.insync.replicas": max(1, replication - 1),
            "max.message.bytes": self.record_bytes,
        }


INTERACTIONS = Topic("interactions", readers=("scoring", "alerting", "profile-sync"))
SURVEY_RESPONSES = Topic("survey-responses", readers=("scoring", "alerting", "profile-sync"))
MENTIONS = Topic("mentions", readers=("scoring", "alerting"))
CUSTOMERS = Topic("customers", readers=("scoring", "alerting", "profile-sync"), retention=timedelta(days=365))
CUSTOMER_NOTES = Topic("customer-notes", writers=("profile-sync",), readers=("alerting",))
ALERTS = Topic("alerts", writers=("alerting",), readers=("scoring",))
SCORECARDS = Topic("scorecards", writers=("scoring",))

TOPICS: tuple[Topic, ...] = (
    INTERACTIONS,
    SURVEY_RESPONSES,
    MENTIONS,
    CUSTOMERS,
    CUSTOMER_NOTES,
    ALERTS,
    SCORECARDS,
)


def read_by(consumer: str) -> tuple[Topic, ...]:
    return tuple(topic for topic in TOPICS if consumer in topic.readers)


def all_topics() -> tuple[Topic, ...]:
    """Every topic that must exist, dead letters included."""
    return TOPICS + tuple(topic.dead_letters(reader) for topic in TOPICS for reader in topic.readers)


def uneven(partitions: Mapping[str, int]) -> str:
    """What is wrong where keyed topics do not all have the same number of partitions; empty where they do."""
    numbers = sorted(set(partitions.values()))
    if len(numbers) < 2:
        return ""
    told = (f"{number} in {', '.join(sorted(n for n in partitions if partitions[n] == number))}" for number in numbers)
    return f"topics differ in partitions, so a customer's events do not meet: {'; '.join(told)}"
