"""How far each consumer is behind, by the offsets it stored with its effects; Kafka's own are for lag tools only."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, broken, count, fine, spoken, warning
from amends.doctor.given import Given
from amends.services import SERVICES, Service
from events.runtime.kafka.look import Span, spans, stored_at
from events.runtime.stream import Partition
from events.topics import read_by

LATE, FAR_BEHIND = timedelta(minutes=1), timedelta(minutes=10)
READERS = tuple(service for service in SERVICES if read_by(service.name))


async def look(given: Given) -> list[Finding]:
    access = given.access

    async def consumer(service: Service, tx: AsyncConnection) -> list[Finding]:
        read = text(f"SELECT topic, partition, next_offset FROM {service.module}.stream_offset")  # noqa: S608 - ours
        stored = {Partition(row[0], row[1]): row[2] for row in await tx.execute(read)}
        # After what is stored: a consumer that works goes past an end that was read before.
        kept = await spans(access, (topic.name for topic in read_by(service.name)))
        waits = {place: at for place, at in unread(stored, kept).items() if at < kept[place].end}
        return judged(service.name, stored, kept, await stored_at(access, waits), datetime.now(UTC))

    return await given.databases.each(consumer, *READERS, table="stream_offset")


def unread(stored: Mapping[Partition, int], kept: Mapping[Partition, Span]) -> dict[Partition, int]:
    """Where each partition is read on: what Kafka no longer keeps is not read."""
    return {place: max(stored.get(place, 0), span.begin) for place, span in kept.items()}


def judged(
    name: str,
    stored: Mapping[Partition, int],
    kept: Mapping[Partition, Span],
    oldest: Mapping[Partition, datetime],
    now: datetime,
) -> list[Finding]:
    """``oldest``: when the first unread record of a partition was stored."""
    found = []
    for place, at in sorted(stored.items()):
        span = kept.get(place)
        if span is None:
            continue
        where = f"{name}, {place.topic}/{place.number}"
        if at > span.end:
            said = f"{where}: is to go on at {at:,}, and the topic ends at {span.end:,}: was it made anew?"
            found.append(broken(said, "put the records back, or rebuild from the topics (docs/operations.md)"))
        elif at < span.begin:
            lost = count(span.begin - at, "record")
            said = f"{where}: {lost} were deleted before they were read: it was away longer than they are kept"
            found.append(broken(said, "send them again from where they came, and lengthen retention.ms"))
    waits = {topic: sum(_behind(stored, kept, topic).values()) for topic in sorted({place.topic for place in kept})}
    for topic, records in waits.items():
        moments = [at for place, at in oldest.items() if place.topic == topic]
        age = now - min(moments) if moments else timedelta(0)
        if records and age > LATE:
            waits_for = spoken(age.total_seconds())
            said = f"{name} is {count(records, 'record')} behind on {topic}, the oldest waits for {waits_for}"
            found.append(
                (broken if age > FAR_BEHIND else warning)(said, f"see the log of {name}; more replicas read faster")
            )
    return found or [fine(f"{name} is up to date" if not any(waits.values()) else f"{name} reads what just came")]


def _behind(stored: Mapping[Partition, int], kept: Mapping[Partition, Span], topic: str) -> dict[Partition, int]:
    at = unread(stored, kept)
    return {place: max(span.end - at[place], 0) for place, span in kept.items() if place.topic == topic}
