"""The desk before a real profile-sync that writes to a real CRM."""

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.accounts import Role
from alerting.preferences_client import PreferencesClient
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.runtime.database import create_engine, transaction
from events.runtime.kafka import KafkaPublisher
from events.runtime.migrate import upgrade
from profile_sync.core.extract.found import Span
from profile_sync.core.preferences import Customer, Note, Report, ResponseId, Said, Slot, Stamp
from profile_sync.noting import note
from support.desk_server import DeskServer, desk_server
from support.happened import csat, event, record
from support.services import House, house
from support.until import until

TOKEN = "a-token-for-tests"
START = datetime.now(UTC) - timedelta(hours=2)


class Find(NamedTuple):
    """What an extractor finds and doubts."""

    comment: str
    words: str
    kind: str = "language"
    value: Any = "bn"
    item: str = ""
    customer: str = "cus-42"
    extractor: str = "text/1"
    sure: float = 0.55


@dataclass
class Rooms:
    house: House
    topics: str
    desk: DeskServer
    alerting: AsyncEngine
    syncing: AsyncEngine

    @property
    def client(self) -> PreferencesClient:
        return PreferencesClient(self.house["profile-sync"].url, self.house.key)

    async def say(self, *answers: dict[str, Any]) -> None:
        publisher = KafkaPublisher(self.topics, client_id="test")
        at = START.isoformat()
        said = [
            csat(2, each.pop("comment", None), each.pop("id"), **{"submitted_at": at, "customer_id": "cus-42"} | each)
            for each in answers
        ]
        await publisher.publish([record(event("survey.answered", data)) for data in said])
        await publisher.close()
        await self.house.caught_up("profile-sync")

    async def propose(self, comment: str, words: str, kind: str = "language", value: Any = "bn", **more: Any) -> str:
        """A doubtful note read from these words of a remark. Returns its id."""
        return (await self.propose_all([Find(comment, words, kind, value, **more)]))[0]

    async def propose_all(self, finds: Iterable[Find]) -> list[str]:
        notes, reports = [], []
        for number, find in enumerate(finds):
            stamp, id_ = Stamp(1, secrets.token_hex(8)), ResponseId("default", "/survey", f"r-{secrets.token_hex(8)}")
            start = find.comment.index(find.words)
            span = Span(start, start + len(find.words))
            said = Said(Slot(find.kind, find.item), find.value, find.extractor, find.sure, span)
            at = START + timedelta(seconds=number)
            notes.append(Note(id_, stamp, Customer("default", find.customer), said, at, at))
            reports.append(Report(id_, stamp, at, (notes[-1],), find.comment))
        async with transaction(self.syncing) as tx:
            await note(tx, reports)
        return [each.id for each in notes]

    async def crm(self, customer: str = "cus-42") -> dict[str, Any]:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            answer = await client.get(f"{self.house['demo-crm'].url}/profiles/{customer}")
        return {name: held["value"] for name, held in answer.json().get("fields", {}).items()}

    async def do(self, statement: str, **values: Any) -> None:
        async with transaction(self.syncing) as tx:
            await tx.execute(text(statement), values)

    async def settled(self) -> None:
        """Wait until the CRM was told everything."""

        async def done() -> bool:
            async with transaction(self.syncing) as tx:
                return set((await tx.execute(text("SELECT state FROM crm_push"))).scalars()) == {"done"}

        await until(done, "the CRM was told everything", seconds=40)


@asynccontextmanager
async def preference_rooms(
    directory: Path, topics: str, database_url: str, role: Role = "supervisor"
) -> AsyncIterator[Rooms]:
    """``role``: of whoever signs in at the desk."""
    alerting = create_engine(database_url, SCHEMA, pool_size=8)
    await upgrade(alerting, SCHEMA, MIGRATIONS)
    syncing = create_engine(database_url, "profile_sync")
    async with house(directory, topics, database_url) as found:
        crm = await found.add("demo-crm", DEMO_CRM_TOKEN=TOKEN)
        await found.add(
            "profile-sync",
            PROFILE_SYNC_CRM_URL=f"{crm.url}/profiles/{{customer_id}}",
            PROFILE_SYNC_CRM_TOKEN=TOKEN,
        )
        client = PreferencesClient(found["profile-sync"].url, found.key)
        async with desk_server(alerting, preferences=client, role=role) as desk:
            yield Rooms(found, topics, desk, alerting, syncing)
    await alerting.dispose()
    await syncing.dispose()
