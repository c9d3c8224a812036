"""Whether somebody reads for every consumer."""

from collections.abc import Mapping

from amends.doctor.finding import Finding, broken, count, fine
from amends.doctor.given import Given
from events.rights import rights_of, services
from events.runtime.kafka import group_members
from events.topics import read_by


async def look(given: Given) -> list[Finding]:
    access = given.access
    groups = [rights.group for name in services() if (rights := rights_of(name)).group is not None]
    members = await group_members(access, groups)
    return judged({group: members.get(group, 0) for group in groups})


def judged(members: Mapping[str, int]) -> list[Finding]:
    return [_consumer(group, number) for group, number in members.items()]


def _consumer(group: str, members: int) -> Finding:
    if not members:
        return broken(f"nobody reads for {group}: what is sent waits in Kafka", f"start {group}, see its log")
    busy = max(topic.partitions for topic in read_by(group))
    idle = f", {members - busy} of them idle: there are {busy} partitions" if members > busy else ""
    return fine(f"{count(members, 'process', 'processes')} read for {group}{idle}")
