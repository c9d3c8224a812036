"""Whether every topic of the code is there, as the code wants it."""

from collections.abc import Iterable, Mapping

from amends.doctor.finding import Finding, broken, count, fine, skipped, spoken, warning
from amends.doctor.given import Given
from events.runtime.kafka import look as kafka
from events.runtime.kafka.look import Seen
from events.topics import Topic, all_topics, uneven

COPIES = 3
RETENTION, LARGEST, IN_SYNC = "retention.ms", "max.message.bytes", "min.insync.replicas"


async def look(given: Given) -> list[Finding]:
    access = given.access
    brokers = (await kafka.cluster(access)).brokers
    return compared(all_topics(), await kafka.topics(access, (topic.name for topic in all_topics())), brokers)


def compared(wanted: Iterable[Topic], seen: Mapping[str, Seen], brokers: int) -> list[Finding]:
    """One finding for whatever is off in a topic, else one for all. ``brokers``: on how many it can have copies."""
    topics = tuple(wanted)
    missing = [topic.name for topic in topics if topic.name not in seen]
    found = [finding for topic in topics if topic.name in seen for finding in _topic(topic, seen[topic.name], brokers)]
    keyed = {topic.name: seen[topic.name].partitions for topic in topics if topic.keyed and topic.name in seen}
    if wrong := uneven(keyed):
        fix = f"stop what reads and writes, amends topics --partitions {max(keyed.values())} --raise (docs/scaling.md)"
        found.insert(0, broken(wrong, fix))
    if missing:
        said = "no topic is there" if len(missing) == len(topics) else f"missing: {', '.join(missing)}"
        found.insert(0, broken(said, f"amends topics --replication {min(brokers, COPIES)}"))
    if hidden := sum(one.settings is None for one in seen.values()):
        found.append(skipped(f"the settings of {count(hidden, 'topic')} are not shown to us: grant DescribeConfigs"))
    return found or [fine(f"all {len(topics)} topics are as the code wants them")]


def _topic(topic: Topic, seen: Seen, brokers: int) -> list[Finding]:
    found = []
    if not topic.keyed and seen.partitions != topic.partitions:
        said = f"{topic.name} has {count(seen.partitions, 'partition')}, the code wants {topic.partitions}"
        found.append(broken(said, "replay its letters, delete it, amends topics: partitions are never taken away"))
    copies = min(COPIES, brokers)
    if seen.replicas < copies:
        said = f"{topic.name} is kept on {count(seen.replicas, 'broker')} of {brokers}"
        found.append(warning(said, f"kafka-reassign-partitions.sh: give it {copies} replicas"))
    if seen.settings is not None:
        found += _settings(topic, seen, seen.settings)
    return found


def _settings(topic: Topic, seen: Seen, settings: Mapping[str, str]) -> list[Finding]:
    found = []
    in_sync = int(settings.get(IN_SYNC, 1))
    if seen.in_sync < in_sync:
        said = f"{topic.name} takes no records: {seen.in_sync} of {in_sync} replicas that it needs are in sync"
        never = seen.replicas < in_sync
        fix = _alter(topic, IN_SYNC, max(1, seen.replicas - 1)) if never else "start the broker that is away"
        found.append(broken(said, fix))
    elif seen.replicas > 1 and in_sync < (safe := seen.replicas - 1):
        said = f"{topic.name} acknowledges what only {count(in_sync, 'broker')} may have"
        found.append(warning(said, _alter(topic, IN_SYNC, safe)))
    if (largest := int(settings.get(LARGEST, topic.record_bytes))) < topic.record_bytes:
        said = f"{topic.name} takes records of {largest:,} bytes, the code writes up to {topic.record_bytes:,}"
        found.append(broken(said, _alter(topic, LARGEST, topic.record_bytes)))
    kept, wanted = int(settings.get(RETENTION, -1)), topic.settings(seen.replicas)[RETENTION]
    if kept != wanted:
        lasts = "for ever" if kept < 0 else f"for {spoken(kept / 1000)}"
        said = f"{topic.name} keeps records {lasts}, the code's word is {spoken(wanted / 1000)}"
        found.append(warning(said, _alter(topic, RETENTION, wanted)))
    return found


def _alter(topic: Topic, setting: str, value: int) -> str:
    return (
        "kafka-configs.sh --bootstrap-server $KAFKA_BOOTSTRAP_SERVERS --alter"
        f" --entity-type topics --entity-name {topic.name} --add-config {setting}={value}"
    )
