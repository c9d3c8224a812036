"""The services at work, each with a role that owns its schema and sees no other; a CRM; somebody who is told.

What tests of backups lose and bring back: docs/backup.md, done.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from support import backups
from support.happened import stamp
from support.receiver import SECRET, Receiver, receiver
from support.services import BY_NAME, House, Running, house
from support.until import until

TOKEN = "the token of the crm"
WORD = "zyzzogeton"
SPOKEN = "Please speak to me in Bengali only."


@dataclass
class World:
    rooms: House
    crm_database: str
    told: Receiver

    @property
    def url(self) -> str:
        return self.rooms.environ["DATABASE_URL"]

    def url_of(self, name: str) -> str:
        """As the role of a service."""
        return backups.as_role(self.url, BY_NAME[name].module)

    async def begin(self, *services: str) -> None:
        """Migrated, for the first time."""
        crm = self.rooms["demo-crm"].url
        own = {
            "alerting": {"ALERTING_WEBHOOK_URL": self.told.url, "ALERTING_WEBHOOK_SECRET": SECRET},
            "profile-sync": {
                "PROFILE_SYNC_CRM_URL": f"{crm}/profiles/{{customer_id}}",
                "PROFILE_SYNC_CRM_TOKEN": TOKEN,
                "PROFILE_SYNC_RECHECK_SECONDS": "1",
            },
        }
        shared = {"KAFKA_SESSION_SECONDS": "6"}
        await asyncio.gather(
            *(self.rooms.add(name, DATABASE_URL=self.url_of(name), **shared, **own.get(name, {})) for name in services)
        )

    @property
    def ours(self) -> list[Running]:
        return [running for name, running in self.rooms.members.items() if name != "demo-crm"]

    @property
    def readers(self) -> list[str]:
        return [running.service.name for running in self.ours if running.service.name != "ingest"]

    async def go_on(self) -> None:
        """Migrated and told of the restore, each as its own role, and started."""
        await asyncio.gather(*(self.command(r.service.module, "migrate", name=r.service.name) for r in self.ours))
        restored = ("ingest", "alerting", "profile-sync")
        said = await asyncio.gather(*(self.command("amends", "restored", name=name) for name in restored))
        assert all(f"{name}: " in each for name, each in zip(restored, said, strict=True))
        await self.start()

    async def start(self) -> None:
        await asyncio.gather(*(running.start() for running in self.ours))
        await self.settled()

    async def stop(self) -> None:
        await asyncio.gather(*(running.stop() for running in self.ours))

    async def select(self, query: str, database: str | None = None) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(database or self.url)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def settled(self) -> None:
        """What was heard is applied everywhere, told on, and heard again; the CRM is told, and so are people."""
        for _ in range(2):
            await asyncio.gather(*(self.rooms.caught_up(name) for name in self.readers))
            await until(self._nothing_waits, "every outbox to be empty", seconds=60)
        await asyncio.gather(*(self.rooms.caught_up(name) for name in self.readers))

    async def _nothing_waits(self) -> bool:
        ((waits,),) = await self.select(
            "SELECT EXISTS (SELECT FROM profile_sync.announcement) OR EXISTS (SELECT FROM alerting.case_report)"
            " OR EXISTS (SELECT FROM profile_sync.crm_push WHERE state IN ('pending') OR lease IS NOT NULL)"
            " OR EXISTS (SELECT FROM alerting.notification WHERE state = 'queued')"
        )
        return not waits

    async def says(self, path: str, **data: Any) -> None:
        answer = await self.rooms.post(path, data)
        assert answer.status_code in (200, 202), answer.text

    async def act(self, customer: str, action: str, **said: Any) -> None:
        """Dana does something about the case of a customer."""
        async with httpx.AsyncClient(headers=self.rooms.headers, base_url=self.rooms["alerting"].url) as client:
            cases = (await client.get("/v1/cases")).json()["cases"]
            (case,) = [each for each in cases if each["customer_id"] == customer]
            body = {"by": "Dana", "version": case["version"], **said}
            answer = await client.post(f"/v1/cases/{case['id']}/{action}", json=body)
        assert answer.status_code == 200, answer.text

    async def decides(self, method: str, path: str, **said: Any) -> None:
        """Dana decides something about preferences."""
        url = f"{self.rooms['profile-sync'].url}/v1{path}"
        async with httpx.AsyncClient(headers=self.rooms.headers) as client:
            answer = await client.request(method, url, json={"by": "Dana", **said})
        assert answer.status_code == 200, answer.text

    async def number(self, metric: str) -> dict[str, Any]:
        found = await self.rooms.get("scoring", "/v1/metrics", metric=metric, window="24h")
        return {key: found["values"][0][key] for key in ("value", "n")}

    async def numbers(self) -> list[dict[str, Any]]:
        return [await self.number(metric) for metric in ("csat", "contact_volume", "aht", "response_rate")]

    async def cases(self) -> dict[str, tuple[Any, ...]]:
        """By customer: the id, what it was opened for, how it stands."""
        rows = await self.select("SELECT customer_id, id, reason, state FROM alerting.recovery_case")
        return {row[0]: row[1:] for row in rows}

    async def decided(self) -> list[list[tuple[Any, ...]]]:
        """What is known of preferences: notes with what people decided, consent, who was erased."""
        return [
            await self.select(f"SELECT {columns} ORDER BY 1, 2, 3")
            for columns in (
                "customer_id, note_id, status, kind, value, decision, decided_by, decided_at FROM profile_sync.note",
                "customer_id, allowed, set_by, set_at FROM profile_sync.consent",
                "tenant, customer, 0 FROM profile_sync.erased_customer",
                "actor, action, subject FROM profile_sync.audit_entry",
                "customer_id, note_id, preference FROM alerting.noted_preference WHERE preference IS NOT NULL",
            )
        ]

    async def crm(self) -> list[tuple[Any, ...]]:
        """What each profile holds, and how often it was written."""
        return await self.select("SELECT id, version, fields FROM demo_crm.profile ORDER BY id", self.crm_database)

    def keys(self) -> Counter[str]:
        """Of every message that somebody got, how often."""
        return Counter(headers["webhook-id"] for headers, _ in self.told.got)

    async def leaks(self, canary: str) -> list[str]:
        tables = await self.select(
            "SELECT schemaname || '.' || tablename FROM pg_tables"
            " WHERE schemaname IN ('ingest', 'scoring', 'alerting', 'profile_sync')"
        )
        said = [await self.select(f"SELECT CAST(t AS text) FROM {table} AS t") for (table,) in tables]
        return [table for (table,), rows in zip(tables, said, strict=True) if any(canary in row for (row,) in rows)]

    async def command(self, *module_and_arguments: str, name: str | None = None, code: int = 0) -> str:
        """What it said, run by the operator of a service, else by who owns everything."""
        environ = {**self.rooms.environ, **({"DATABASE_URL": self.url_of(name)} if name else {})}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *module_and_arguments, env=environ, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert process.returncode == code, said.decode()
        return said.decode()


@asynccontextmanager
async def working(
    directory: Path, bootstrap: str, database_url: str, server: str, services: Sequence[str]
) -> AsyncIterator[World]:
    """These services run, with a CRM that has a database of its own on ``server``."""
    async with (
        receiver() as told,
        backups.empty_database(server) as crm_database,
        house(directory, bootstrap, database_url) as rooms,
    ):
        await backups.make_roles(database_url)
        await rooms.add("demo-crm", DEMO_CRM_TOKEN=TOKEN, DATABASE_URL=crm_database)
        found = World(rooms, crm_database, told)
        await found.begin(*services)
        yield found


async def calls(world: World, customer: str, value: int, **said: Any) -> None:
    """A customer calls, and says afterwards how it was."""
    now = datetime.now(UTC)
    offered = now - timedelta(minutes=5)
    about = {"interaction_id": f"i-{customer}", "customer_id": customer}
    times = {"offered_at": stamp(offered), "answered_at": stamp(offered + timedelta(seconds=9)), "ended_at": stamp(now)}
    await world.says("/v1/interactions", **about, **times, channel="phone", team="billing", talk_seconds=120)
    await world.says("/v1/survey-responses", **answers(customer, value, **{**about, **said}))


def answers(customer: str, value: int, **said: Any) -> dict[str, Any]:
    scale = {"instrument": "csat", "scale": "1-5", "value": value, "submitted_at": stamp(datetime.now(UTC))}
    return {"response_id": f"r-{customer}-{value}", "customer_id": customer, **scale, **said}


def prefers(channel: str) -> dict[str, Any]:
    return {"preferences": [{"kind": "contact_channel", "value": channel}]}


async def before_the_backup(world: World) -> None:
    """Anna's case is in Dana's hands; of Bert no free text may be read; Carl leaves his words everywhere."""
    await calls(world, "anna", 1, comment=SPOKEN)
    await calls(world, "bert", 5, **prefers("phone"))
    await calls(world, "carl", 1, comment=f"{WORD}! {SPOKEN}")
    await world.settled()
    await world.act("anna", "claim")
    await world.decides("PUT", "/customers/bert/consent", extraction=False)
    ((note,),) = await world.select("SELECT note_id FROM profile_sync.note WHERE customer_id = 'anna'")
    await world.decides("POST", f"/preferences/{note}/reject")
    await world.settled()
    assert set(await world.leaks(WORD)) >= {"alerting.assessment", "profile_sync.response"}


async def after_the_backup(world: World) -> None:
    """Dora's case is told of; Bert changes his mind, and is not listened to beyond that; Carl is forgotten."""
    await calls(world, "dora", 1, comment="Nobody called back.")
    await world.says("/v1/survey-responses", **answers("bert", 4, comment=SPOKEN, **prefers("email")))
    await world.says("/v1/customers-erased", customer_id="carl", requested_at=stamp(datetime.now(UTC)))
    await world.settled()
    assert await world.leaks(WORD) == []
