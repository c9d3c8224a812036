"""Whether somebody reads for every consumer."""

from collections.abc import Mapping

from amends.doctor.finding import Finding, broken, count, fine
from amends.doctor.given import Given
from events.rights import rights_of, services
from events.runtime.kafka import group_members
from events.runtime.kafka import look as kafka
from events.topics import read_by


async def look(given: Given) -> list[Finding]:
    access = given.access
    groups = [rights.group for name in services() if (rights := rights_of(name)).group is not None]
    members = await group_members(access, groups)
    seen = await kafka.topics(access, {topic.name for group in groups for topic in read_by(group)})
    return judged({group: members.get(group, 0) for group in groups}, {name: seen[name].partitions for name in seen})


def judged(members: Mapping[str, int], partitions: Mapping[str, int]) -> list[Finding]:
    """``partitions``: of each topic that is there."""
    return [
        _consumer(group, number, max((partitions.get(topic.name, 0) for topic in read_by(group)), default=0))
        for group, number in members.items()
    ]


def _consumer(group: str, members: int, busy: int) -> Finding:
    if not members:
        return broken(f"nobody reads for {group}: what is sent waits in Kafka", f"start {group}, see its log")
    idle = f", {members - busy} of them idle: there are {busy} partitions" if members > busy > 0 else ""
    return fine(f"{count(members, 'process', 'processes')} read for {group}{idle}")
