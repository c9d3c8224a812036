"""Whether the clocks agree: this machine's, PostgreSQL's, and those of whoever writes to Kafka."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from amends.doctor.finding import Finding, broken, fine, skipped, spoken, warning
from amends.doctor.given import Given
from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka import KafkaAccess
from events.runtime.kafka.look import spans, stored_at
from events.topics import TOPICS

OFF, FAR_OFF = timedelta(seconds=2), timedelta(seconds=60)
FIX = "let NTP set the clock: chronyc tracking, or timedatectl"


async def look(given: Given) -> list[Finding]:
    asked = [_database(given, services[0].name) for services in given.databases.different.values()]
    if given.kafka is not None:
        asked.append(_records(given.kafka))
    found = await asyncio.gather(*asked)
    return list(found) or [skipped("no database and no broker was named to compare this machine's clock with")]


async def _database(given: Given, name: str) -> Finding:
    service = next(service for service in given.urls if service.name == name)
    try:
        async with given.databases.reading(service) as tx:
            before = datetime.now(UTC)
            theirs = await tx.scalar(text("SELECT clock_timestamp()"))
            after = datetime.now(UTC)
    except (Unavailable, Stuck) as error:
        return skipped(f"{name}: the database's clock was not read: {error}")
    return judged(f"PostgreSQL's clock ({name})", before, theirs, after)


def judged(whose: str, before: datetime, theirs: datetime, after: datetime) -> Finding:
    """``theirs`` was read between ``before`` and ``after`` of ours: only what lies outside is certain."""
    off = max(before - theirs, theirs - after, timedelta(0))
    if off <= OFF:
        return fine(f"{whose} agrees with this machine's")
    way = "ahead of" if theirs > after else "behind"
    return (broken if off > FAR_OFF else warning)(f"{whose} is {spoken(off.total_seconds())} {way} this machine's", FIX)


async def _records(kafka: KafkaAccess) -> Finding:
    """A record is dated by whoever wrote it; that it is old says nothing, that it is from the future does."""
    try:
        ends = {place: span for place, span in (await spans(kafka, (t.name for t in TOPICS))).items() if span.end}
        newest = await stored_at(kafka, {place: span.end - 1 for place, span in ends.items() if span.end > span.begin})
    except (Unavailable, Stuck) as error:
        return skipped(f"the dates of Kafka's records were not read: {error}")
    if not newest:
        return skipped("no record is in Kafka yet whose date could be compared")
    now = datetime.now(UTC)
    place, latest = max(newest.items(), key=lambda each: each[1])
    return judged(f"the clock of whoever writes {place.topic}", min(latest, now), latest, now)
