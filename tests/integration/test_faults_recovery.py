"""The database and the broker are killed under all services with events flowing: none restarts, nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from amends.local.kafka import KafkaServer
from amends.local.parts import Parts
from events.envelope import Event
from events.runtime.database import create_engine
from events.topics import TOPICS
from scoring.app import SCHEMA
from scoring.core.attribution import DIMENSIONS
from support import broker
from support.happened import answered, csat, event, stamp
from support.metrics import recomputed, stored
from support.services import House, house
from support.until import until

CONSUMERS = {"scoring": "scoring", "alerting": "alerting", "profile-sync": "profile_sync"}


class Sender:
    """Posts batches until told to stop, each again and again until it is accepted, as senders are told to."""

    def __init__(self, rooms: House) -> None:
        self._rooms = rooms
        self.stop = asyncio.Event()
        self.sent: list[Event[Any]] = []
        self._began = datetime.now(UTC)  # older answers would be noted and open no case

    async def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            batch = [said for n in range(number, number + 5) for said in self._about(n)]
            number += 5
            body = [document(said) for said in batch]
            while not await self._accepted(body):
                await asyncio.sleep(0.3)
            self.sent += batch
            await asyncio.sleep(0.1)

    async def _accepted(self, body: list[dict[str, Any]]) -> bool:
        answer = await self._rooms.post("/v1/events", body, "application/cloudevents-batch+json")
        assert answer.status_code in (202, 503), answer.text
        return answer.status_code == 202

    def _about(self, n: int) -> tuple[Event[Any], Event[Any]]:
        who = {"customer_id": f"c-{n % 20}"}
        contact = answered(f"i-{n}", talk=n % 300, team="xyz"[n % 3], agent=f"a-{n % 7}", **who)
        answer = csat(n % 5 + 1, f"i-{n}", f"r-{n}", submitted_at=stamp(self._began), **who)
        return (
            event("survey.answered", answer, id_=f"answer-{n}"),
            event("interaction.reported", contact, id_=f"contact-{n}"),
        )


def document(said: Event[Any]) -> dict[str, Any]:
    data = said.data.model_dump(mode="json", exclude_defaults=True)
    return {"specversion": "1.0", "id": said.id, "source": said.source, "type": said.type, "data": data}


@asynccontextmanager
async def own_database(url: str) -> AsyncIterator[str]:
    """An empty database; unlike the fixture's, kept by no connection that would die with the server."""
    for statement in ("DROP DATABASE IF EXISTS recovery WITH (FORCE)", "CREATE DATABASE recovery"):
        await run(url, statement)
    yield url.rsplit("/", 1)[0] + "/recovery"
    await run(url, "DROP DATABASE recovery WITH (FORCE)")


async def run(url: str, statement: str) -> None:
    admin = await asyncpg.connect(url)
    await admin.execute(statement)
    await admin.close()


async def offsets(database_url: str) -> dict[str, int]:
    database = await asyncpg.connect(database_url)
    try:
        return {
            schema: await database.fetchval(f"SELECT coalesce(sum(next_offset), 0)::int FROM {schema}.stream_offset")
            for schema in CONSUMERS.values()
        }
    finally:
        await database.close()


def all_move(database_url: str, before: dict[str, int]) -> Callable[[], Awaitable[bool]]:
    async def moved() -> bool:
        now = await offsets(database_url)
        return all(now[schema] > before[schema] for schema in before)

    return moved


@pytest.mark.timeout(300)
async def test_database_and_broker_die_under_every_service(
    tmp_path: Path, topics: str, parts: Parts, kafka: KafkaServer
) -> None:
    if parts.postgres is None:
        pytest.skip("the database is not ours to kill: DATABASE_URL is set")
    async with own_database(parts.database_url) as database_url, house(tmp_path, topics, database_url) as rooms:
        await rooms.add("ingest")
        for name in CONSUMERS:
            crm = {"PROFILE_SYNC_CRM_URL": "http://127.0.0.1:1/profiles/{customer_id}"}
            await rooms.add(name, KAFKA_SESSION_SECONDS="6", **crm)
        sender = Sender(rooms)
        sending = asyncio.create_task(sender.run())
        await until(all_move(database_url, await offsets(database_url)), "events flow", seconds=30)
        for server in (parts.postgres, kafka, parts.postgres):
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(2)
            await asyncio.to_thread(server.start)
            await until(all_move(database_url, await offsets(database_url)), "every consumer applies again", seconds=60)
        sender.stop.set()
        await sending
        for name in CONSUMERS:
            await rooms.caught_up(name)
            assert rooms[name].process is not None
            assert rooms[name].process.running, f"{name} has ended"

        engine = create_engine(database_url, SCHEMA)
        for dimension in DIMENSIONS:
            assert await stored(engine, dimension) == recomputed(sender.sent, dimension)
        await engine.dispose()
        for topic in TOPICS:
            for reader in topic.readers:
                assert not await broker.read_all(topics, topic.dead_letters(reader).name)
        bad = {e.data.interaction_id for e in sender.sent if e.type == "survey.answered" and e.data.value <= 2}
        async with httpx.AsyncClient(headers=rooms.headers) as client:
            assert (await client.get(f"{rooms['alerting'].url}/readyz")).status_code == 200
        database = await asyncpg.connect(database_url)
        assert await database.fetchval("SELECT count(*) FROM alerting.recovery_case") == len(bad)
        await database.close()
