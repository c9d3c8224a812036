"""Tells the topic ``customer-notes`` what customers want, and what does not hold any more; from rows in PostgreSQL.

Published first, then forgotten, in one transaction that one replica at a time holds: a kill in between tells the same
once more, under the same id. While Kafka is away the rows wait.
"""

import asyncio
from collections.abc import Sequence

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from events import codec
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.kafka import Bootstrap, KafkaPublisher
from events.runtime.service import Job
from events.runtime.stream import Outgoing, Publisher
from events.runtime.waiting import pause
from profile_sync.core.announcement import Announcement, told
from profile_sync.store import announcements

log = structlog.get_logger()

AT_ONCE = 500
POLL_SECONDS = 0.5
AWAY_SECONDS = 5.0


async def announce(engine: AsyncEngine, publisher: Publisher) -> int:
    """Tell up to 500 pieces of news, oldest first. Returns how many there were; 0 where another replica tells.

    Raises:
        Unavailable: Kafka or the database is away; whatever was told will be told again.
    """
    async with transaction(engine) as tx:
        if not await announcements.take_turn(tx):
            return 0
        due = await announcements.due(tx, AT_ONCE)
        if due:
            await publisher.publish(_records(due))
            await announcements.forget(tx, due)
        return len(due)


def _records(due: Sequence[Announcement]) -> list[Outgoing]:
    """A note that no contract fits (nobody but a hand in the database makes one) must not hold up the others."""
    found = []
    for news in due:
        try:
            event = told(news)
        except ValidationError:  # its message would repeat the values
            log.warning("a note that does not fit the contract is not announced", note=news.note_id)
            continue
        headers, value = codec.encode(event)
        found.append(Outgoing(codec.topic_of(event).name, codec.key(event), value, headers))
    return found


def announcing(engine: AsyncEngine, bootstrap: Bootstrap) -> Job:
    """The job that tells the topic."""

    async def job(stop: asyncio.Event) -> None:
        publisher = KafkaPublisher(bootstrap, client_id="profile-sync-notes")
        try:
            while not stop.is_set():
                try:
                    if await announce(engine, publisher) < AT_ONCE:
                        await pause(stop, POLL_SECONDS)
                except Unavailable as error:
                    log.warning("notes wait to be announced", error=str(error))
                    await pause(stop, AWAY_SECONDS)
        finally:
            await publisher.close()

    return job
