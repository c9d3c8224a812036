"""What each service may do in Kafka, and no more: what access lists of a broker are made from."""

from dataclasses import dataclass

from events.topics import Topic, all_topics, read_by


@dataclass(frozen=True, slots=True)
class Rights:
    """Of one service.

    Attributes:
        reads, writes: topics; each may also be described.
        group: the consumer group it is a member of; None where it reads nothing.
    """

    service: str
    reads: tuple[Topic, ...]
    writes: tuple[Topic, ...]
    group: str | None


def rights_of(service: str) -> Rights:
    reads = read_by(service)
    writes = tuple(topic for topic in all_topics() if service in topic.writers)
    return Rights(service, reads, writes, service if reads else None)


def services() -> tuple[str, ...]:
    """Whoever reads or writes a topic."""
    return tuple(sorted({name for topic in all_topics() for name in (*topic.readers, *topic.writers)}))
