"""Profile-sync's pushers on a real database, and a CRM on a port that they push to."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from demo_crm.app import create_app as create_crm
from events.customer import CustomerErased
from events.envelope import Event
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.converge import Change, Profile
from profile_sync.core.extract import extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reply
from profile_sync.crms import CRMS
from profile_sync.crms.auth import Fixed
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Crm, Layout
from profile_sync.handler import NotePreferences
from profile_sync.pusher import Pusher
from profile_sync.store.pushes import Pushes
from profile_sync.telemetry import Telemetry
from support.faulty_crm import FaultyCrm, listening
from support.until import until

TOKEN = "a-token-for-tests"
START = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)


class Counting:
    """A CRM that counts the calls under way for each customer, over all pushers."""

    def __init__(self, crm: Crm, busy: Counter[Customer]) -> None:
        self._crm = crm
        self._busy = busy
        self.capabilities = crm.capabilities

    @contextlib.contextmanager
    def _call(self, customer: Customer) -> Iterator[None]:
        self._busy[customer] += 1
        assert self._busy[customer] == 1, "two pushers are at one customer"
        try:
            yield
        finally:
            self._busy[customer] -= 1

    async def read(self, customer: Customer) -> Profile | Reply:
        with self._call(customer):
            return await self._crm.read(customer)

    async def write(self, customer: Customer, change: Change) -> Reply:
        with self._call(customer):
            return await self._crm.write(customer, change)


@dataclass
class World:
    engine: AsyncEngine
    faults: FaultyCrm
    url: str
    client: httpx.AsyncClient
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    pushers: list[asyncio.Task[None]] = field(default_factory=list)
    events: int = 0
    busy: Counter[Customer] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.telemetry = Telemetry(self.registry)

    @property
    def crm(self) -> Crm:
        exchange = Exchange(self.client, Fixed.bearer(SecretStr(TOKEN)), 1.5)
        return Counting(CRMS["rest"](exchange, Layout(self.url + "/profiles/{customer_id}")), self.busy)

    def pushes(self, *, lease: float = 10.0, recheck: float = 3600.0) -> Pushes:
        return Pushes(self.engine, lease_seconds=lease, recheck_seconds=recheck)

    def start(self, count: int = 1, *, parallel: int = 4, lease: float = 10.0, recheck: float = 3600.0) -> None:
        for _ in range(count):
            pushes = self.pushes(lease=lease, recheck=recheck)
            pusher = Pusher(pushes, self.crm, self.telemetry, parallel=parallel, poll_seconds=0.05)
            self.pushers.append(asyncio.create_task(pusher.run(self.stop)))

    async def say(
        self, customer: str, *preferences: tuple[Any, ...], response: str = "", tenant: str = "default", **also: Any
    ) -> None:
        """A survey response with these preferences, each later than the one before."""
        self.events += 1
        stated = [dict(zip(("kind", "value", "stop"), given, strict=False)) for given in preferences]
        document = {
            "response_id": response or f"resp-{self.events}",
            "customer_id": customer,
            "instrument": "csat",
            "scale": "1-5",
            "value": 5,
            "preferences": stated,
            "submitted_at": (START + timedelta(minutes=self.events)).isoformat(),
        }
        await self._handle(SurveyResponse.model_validate(document | also), tenant)

    async def erase(self, customer: str) -> None:
        self.events += 1
        await self._handle(CustomerErased(customer_id=customer, requested_at=START), "default")

    async def _handle(self, data: Any, tenant: str) -> None:
        now = datetime.now(UTC)
        handler = NotePreferences(extractors(NO_ANSWERS), self.telemetry)
        async with transaction(self.engine) as tx:
            await handler(tx, [Event(f"e{self.events}", "/survey", tenant, now, now, data)])

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        async with transaction(self.engine) as tx:
            found = await tx.execute(text(statement), values)
            return list(found.all()) if found.returns_rows else []

    async def rows(self) -> dict[str, Any]:
        return {row.customer_id: row for row in await self.sql("SELECT * FROM crm_push")}

    async def row(self, customer: str) -> Any:
        return (await self.rows())[customer]

    async def told(self, customer: str) -> dict[str, Any]:
        """What we remember of the CRM's fields."""
        rows = await self.sql("SELECT * FROM crm_field WHERE customer_id = :id", id=customer)
        return {row.field: row for row in rows}

    async def settled(self, **states: str) -> None:
        """Every customer is ``done`` and nobody holds a lease, but for those named."""

        async def reached() -> bool:
            for pusher in self.pushers:
                assert not pusher.done(), pusher.exception()
            rows = await self.rows()
            return all(row.lease is None and row.state == states.get(id_, "done") for id_, row in rows.items())

        await until(reached, "every push is settled", seconds=60)

    async def reaches(self, customer: str, **values: Any) -> None:
        """The customer's row of the outbox comes to say that."""

        async def reached() -> bool:
            row = await self.row(customer)
            return row.lease is None and all(getattr(row, name) == value for name, value in values.items())

        await until(reached, f"the row says {values}")

    async def fields(self, customer: str) -> dict[str, Any]:
        """What the CRM holds: value by field."""
        transport = httpx.ASGITransport(app=self.faults.crm)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://crm", headers=headers) as reader:
            answer = await reader.get(f"/profiles/{customer}")
        if answer.status_code == 404:
            return {}
        return {name: held["value"] for name, held in answer.json()["fields"].items()}

    async def due_now(self) -> None:
        """As if the time of the next try, look or call had come."""
        await self.sql("UPDATE crm_push SET due_at = now()")
        await self.sql("DELETE FROM crm_pause")

    def counted(self, name: str) -> float:
        lines = generate_latest(self.registry).decode().splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} "))


@contextlib.asynccontextmanager
async def crm_world(database_url: str, port: int) -> AsyncIterator[World]:
    """The reference CRM behind a script, and no pusher yet."""
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    faults = FaultyCrm(create_crm(database_url, TOKEN))
    async with listening(faults, port) as url, httpx.AsyncClient(trust_env=False) as client:
        made = World(engine, faults, url, client)
        try:
            yield made
        finally:
            made.stop.set()
            faults.closing.set()
            await asyncio.gather(*made.pushers)
            await engine.dispose()
