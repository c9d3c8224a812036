"""Dead letters that nobody has sent again, by topic and reason. Contents are not looked at."""

import asyncio

from amends.doctor.finding import Finding, count, fine, warning
from amends.doctor.given import Given
from amends.letters.letter import counted, dead_letter_topics, sort_out
from events.runtime.kafka import KafkaAccess, read_topic
from events.runtime.kafka.look import spans
from events.runtime.stream import Partition

MOST = 5000
"""The newest so many of a topic are read: enough to say that there are many."""


async def look(given: Given) -> list[Finding]:
    access = given.access
    kept = await spans(access, dead_letter_topics())
    full = [(place, span.end - MOST) for place, span in kept.items() if span.end > span.begin]
    found = await asyncio.gather(*(_topic(access, place, start) for place, start in full))
    return [finding for each in found for finding in each] or [fine("no dead letter waits")]


async def _topic(kafka: KafkaAccess, place: Partition, start: int) -> list[Finding]:
    letters, replayed = sort_out([record async for record in read_topic(kafka, place.topic, start=max(start, 0))])
    return [
        warning(
            f"{count(entry['waiting'], 'dead letter')} in {place.topic}: {reason}",
            f"amends dlq show {place.topic} --reason {reason}, mend it, then amends dlq replay {place.topic}",
        )
        for reason, entry in sorted(counted(letters, replayed).items())
        if entry["waiting"]
    ]
