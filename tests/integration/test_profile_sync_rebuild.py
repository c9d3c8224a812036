"""profile-sync on real Kafka and PostgreSQL, built anew from the topics beside a CRM that people have edited."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from events.runtime.kafka import KafkaPublisher
from support.happened import csat, event, record
from support.services import House, house
from support.until import until

TOKEN = "a-token-for-tests"
START = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
CUSTOMERS = 20

pytestmark = pytest.mark.timeout(180)


class Sync:
    """The service between its topics and the reference CRM."""

    def __init__(self, rooms: House, database: asyncpg.Connection, publisher: KafkaPublisher) -> None:
        self.rooms = rooms
        self.database = database
        self._publisher = publisher
        self._said = 0

    async def start(self) -> None:
        await self.rooms.add(
            "profile-sync",
            PROFILE_SYNC_CRM_URL=f"{self.rooms['demo-crm'].url}/profiles/{{customer_id}}",
            PROFILE_SYNC_CRM_TOKEN=TOKEN,
            PROFILE_SYNC_RECHECK_SECONDS="1",
            KAFKA_SESSION_SECONDS="6",
        )

    async def say(self, *said: tuple[str, list[dict[str, Any]]]) -> None:
        """Each customer's preferences, later than all before."""
        records = []
        for customer, preferences in said:
            self._said += 1
            at = (START + timedelta(minutes=self._said)).isoformat()
            data = csat(5, None, f"r-{self._said}", customer_id=customer, submitted_at=at, preferences=preferences)
            records.append(record(event("survey.answered", data, id_=f"e-{self._said}")))
        await self._publisher.publish(records)

    async def by_hand(self, customer: str, field: str, value: str) -> None:
        async with httpx.AsyncClient() as person:
            url = f"{self.rooms['demo-crm'].url}/customers/{customer}"
            assert (await person.post(url, data={"field": field, "value": value})).status_code == 303

    async def settled(self, **states: str) -> None:
        """Everything is applied, and every customer is done, but for those named."""
        await self.rooms.caught_up("profile-sync")

        async def reached() -> bool:
            rows = await self.database.fetch("SELECT customer_id, state, lease FROM profile_sync.crm_push")
            return all(r["lease"] is None and r["state"] == states.get(r["customer_id"], "done") for r in rows)

        await until(reached, "every push is settled", seconds=60)

    async def notes(self) -> set[tuple[Any, ...]]:
        return set(
            await self.database.fetch(
                "SELECT tenant, customer_id, note_id, kind, item, value FROM profile_sync.note WHERE status = 'active'"
            )
        )

    async def crm(self) -> dict[str, tuple[int, str]]:
        """What each profile holds, and how often it was written."""
        rows = await self.database.fetch("SELECT id, version, fields FROM demo_crm.profile")
        return {row["id"]: (row["version"], row["fields"]) for row in rows}

    async def rebuild(self) -> None:
        await self.rooms["profile-sync"].stop()
        await self.database.execute("DROP SCHEMA profile_sync CASCADE")
        await self.start()


@asynccontextmanager
async def syncing(directory: Path, topics: str, database_url: str) -> AsyncIterator[Sync]:
    database = await asyncpg.connect(database_url)
    publisher = KafkaPublisher(topics, client_id="test")
    try:
        async with house(directory, topics, database_url) as rooms:
            await rooms.add("demo-crm", DEMO_CRM_TOKEN=TOKEN)
            sync = Sync(rooms, database, publisher)
            await sync.start()
            yield sync
    finally:
        await publisher.close()
        await database.close()


def prefers(channel: str) -> dict[str, Any]:
    return {"kind": "contact_channel", "value": channel}


async def test_built_anew_from_the_topics_it_knows_the_same_and_writes_nothing(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    chance = random.Random(4)
    async with syncing(tmp_path, topics, database_url) as sync:
        for _ in range(4):
            said = []
            for number in range(CUSTOMERS):
                stop = {"kind": "do_not_contact", "value": "chat", "stop": chance.random() < 0.5}
                said.append((f"cus-{number}", [prefers(chance.choice(["phone", "sms", "email"])), stop]))
            await sync.say(*said)
        await sync.settled()
        await sync.by_hand("cus-7", "contact_channel", "social")
        await sync.by_hand("cus-8", "note", "Ring the bell at the back.")
        notes, crm = await sync.notes(), await sync.crm()
        assert len(crm) == CUSTOMERS
        assert len(notes) == 2 * CUSTOMERS

        await sync.rebuild()
        await sync.settled(**{"cus-7": "yielded"})
        assert await sync.notes() == notes
        assert await sync.crm() == crm, "not one write"
        assert await sync.rooms.counted("profile-sync", 'amends_crm_pushes_total{result="written"}') == 0

        await sync.say(("cus-7", [prefers("email")]), ("cus-8", [{"kind": "note", "value": "Ring at the front."}]))
        await sync.settled(**{"cus-7": "yielded", "cus-8": "yielded"})
        assert await sync.crm() == crm, "what people wrote stays, also after the rebuild"


async def test_a_human_edit_is_yielded_to_and_setting_it_back_resumes(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    async with syncing(tmp_path, topics, database_url) as sync:
        await sync.say(("cus-1", [prefers("phone")]))
        await sync.rooms.caught_up("profile-sync")
        await sync.settled()
        await sync.by_hand("cus-1", "contact_channel", "social")
        await sync.say(("cus-1", [prefers("email")]))
        await sync.settled(**{"cus-1": "yielded"})
        assert '"social"' in (await sync.crm())["cus-1"][1]
        await sync.by_hand("cus-1", "contact_channel", "phone")
        await sync.settled()
        assert '"email"' in (await sync.crm())["cus-1"][1]
