"""Walks over all customers of a real CRM: what drifted is found, the rate is kept, what customers say goes first."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from demo_crm.app import create_app as create_crm
from events.envelope import Event
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.extract import extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.core.sweeps import Purpose
from profile_sync.crms import CRMS
from profile_sync.crms.auth import Fixed
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Layout
from profile_sync.handler import NotePreferences
from profile_sync.pusher import Pusher
from profile_sync.store import sweeps
from profile_sync.store.pushes import Pushes
from profile_sync.store.sweeps import Sweep
from profile_sync.sweeping import Sweeper
from profile_sync.telemetry import Standing, Telemetry
from profile_sync.watching import Watcher
from support.serving import serving
from support.until import until

TOKEN = "a-token-for-tests"
START = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)


class Asked:
    """The CRM, and which customers were read or written, when."""

    def __init__(self, crm: Any) -> None:
        self.crm = crm
        self.slow = 0.0
        self.calls: list[tuple[float, str, str]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls.append((time.monotonic(), scope["method"], scope["path"].rsplit("/", 1)[-1]))
        await asyncio.sleep(self.slow)
        await self.crm(scope, receive, send)

    def read(self) -> list[str]:
        return [customer for _, method, customer in self.calls if method == "GET"]


class World:
    def __init__(self, engine: AsyncEngine, crm: Asked, url: str, client: httpx.AsyncClient) -> None:
        self.engine = engine
        self.crm = crm
        self.registry = CollectorRegistry()
        self.telemetry = Telemetry(self.registry)
        self.gauges = Standing(self.registry)
        self.stop = asyncio.Event()
        self.jobs: list[asyncio.Task[None]] = []
        self._said = 0
        exchange = Exchange(client, Fixed.bearer(SecretStr(TOKEN)), 2.0)
        self._adapter = CRMS["rest"](exchange, Layout(f"{url}/profiles/{{customer_id}}"))

    def push(self, parallel: int = 4) -> None:
        pushes = Pushes(self.engine, lease_seconds=15, recheck_seconds=3600)
        pusher = Pusher(pushes, self._adapter, self.telemetry, parallel=parallel, poll_seconds=0.05)
        self.jobs.append(asyncio.create_task(pusher.run(self.stop)))

    def walk(self) -> asyncio.Task[None]:
        job = asyncio.create_task(Sweeper(self.engine, reconcile_hours=0).run(self.stop))
        self.jobs.append(job)
        return job

    async def say(self, language: str, *customers: str) -> None:
        said = [self._event(customer, language) for customer in customers]
        async with transaction(self.engine) as tx:
            await NotePreferences(extractors(NO_ANSWERS), self.telemetry)(tx, said)

    def _event(self, customer: str, language: str) -> Event[SurveyResponse]:
        self._said += 1
        document = {
            "response_id": f"resp-{self._said}", "customer_id": customer,
            "instrument": "csat", "scale": "1-5", "value": 5, "preferences": [{"kind": "language", "value": language}],
            "submitted_at": (START + timedelta(minutes=self._said)).isoformat(),
        }  # fmt: skip
        now = datetime.now(UTC)
        return Event(f"e{self._said}", "/survey", "default", now, now, SurveyResponse.model_validate(document))

    async def settled(self) -> None:
        async def reached() -> bool:
            states = {row.state for row in await self.sql("SELECT DISTINCT state FROM crm_push")}
            return "pending" not in states

        await until(reached, "every push is settled")

    async def sql(self, statement: str) -> list[Any]:
        async with transaction(self.engine) as tx:
            done = await tx.execute(text(statement))
            return list(done) if done.returns_rows else []

    async def start(self, purpose: Purpose, rate: float = 50) -> UUID:
        async with transaction(self.engine) as tx:
            found = await sweeps.start(tx, "default", purpose, rate, "Dana")
        assert found is not None
        return found.id

    async def seen(self, id_: UUID) -> Sweep:
        async with transaction(self.engine) as tx:
            found = await sweeps.find(tx, "default", id_)
        assert found is not None
        return found

    async def over(self, id_: UUID) -> Sweep:
        async def reached() -> Sweep | None:
            found = await self.seen(id_)
            return None if found.running else found

        return await until(reached, "the sweep is over")

    async def language(self, customer: str) -> Any:
        (row,) = await self.sql(f"SELECT fields FROM demo_crm.profile WHERE id = '{customer}'")
        return row.fields.get("amends_language", row.fields.get("language", {})).get("value")

    async def in_the_crm(self, customer: str, statement: str) -> None:
        """Behind everybody's back."""
        await self.sql(
            f"UPDATE demo_crm.profile SET version = version + 1, fields = {statement} WHERE id = '{customer}'"
        )

    def counted(self, name: str) -> float:
        lines = generate_latest(self.registry).decode().splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} "))


@pytest.fixture
async def world(database_url: str, free_port: int) -> AsyncIterator[World]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    crm = create_crm(database_url, TOKEN)
    async with crm.router.lifespan_context(crm), httpx.AsyncClient(trust_env=False) as client:
        asked = Asked(crm)
        async with serving(asked, free_port):
            made = World(engine, asked, f"http://127.0.0.1:{free_port}", client)
            try:
                yield made
            finally:
                made.stop.set()
                await asyncio.gather(*made.jobs, return_exceptions=True)
                await engine.dispose()


def ids(count: int) -> list[str]:
    return [f"cus-{number:03}" for number in range(count)]


async def test_a_reconcile_mends_what_was_lost_and_yields_to_what_a_person_wrote(world: World) -> None:
    world.push()
    await world.say("hi", "cus-newer")
    await world.settled()
    await world.say("bn", *ids(4), "cus-newer")
    await world.settled()
    ((name,),) = await world.sql("SELECT jsonb_object_keys(fields) FROM demo_crm.profile WHERE id = 'cus-000'")
    await world.in_the_crm("cus-000", f"fields - '{name}'")
    await world.in_the_crm("cus-001", f"jsonb_set(fields, '{{{name},value}}', '\"de\"')")
    await world.in_the_crm("cus-002", f"jsonb_set(fields, '{{{name}}}', '\"bn\"')")
    world.walk()
    found = await world.over(await world.start(Purpose.RECONCILE))
    assert [await world.language(each) for each in (*ids(4), "cus-newer")] == ["bn", "de", "bn", "bn", "bn"]
    assert (found.total, found.queued, found.checked, found.drifted) == (5, 5, 5, 2)
    rows = await world.sql("SELECT customer_id, state, drifted FROM crm_push ORDER BY 1")
    assert [(row.state, bool(row.drifted)) for row in rows] == [
        ("done", True), ("yielded", False), ("done", True), ("done", False), ("done", False)
    ]  # fmt: skip
    assert world.counted("amends_crm_drifted_total") == 2


async def test_a_second_reconcile_finds_nothing_more(world: World) -> None:
    world.push()
    await world.say("bn", *ids(3))
    await world.settled()
    ((name,),) = await world.sql("SELECT jsonb_object_keys(fields) FROM demo_crm.profile WHERE id = 'cus-000'")
    await world.in_the_crm("cus-000", f"fields - '{name}'")
    world.walk()
    assert (await world.over(await world.start(Purpose.RECONCILE))).drifted == 1
    assert (await world.over(await world.start(Purpose.RECONCILE))).drifted == 0


async def test_a_backfill_fills_a_new_crm_and_calls_nothing_drift(world: World) -> None:
    world.push()
    await world.say("bn", *ids(25))
    await world.settled()
    await world.sql("DELETE FROM demo_crm.profile")
    world.walk()
    found = await world.over(await world.start(Purpose.BACKFILL))
    assert (found.total, found.checked, found.drifted) == (25, 25, 0)
    assert {await world.language(each) for each in ids(25)} == {"bn"}


async def test_the_crm_is_asked_at_the_rate_and_no_faster(world: World) -> None:
    world.push()
    await world.say("bn", *ids(40))
    await world.settled()
    world.crm.calls.clear()
    world.walk()
    id_ = await world.start(Purpose.RECONCILE, rate=10)
    await world.over(id_)
    assert sorted(world.crm.read()) == ids(40)
    times = sorted(at for at, method, _ in world.crm.calls if method == "GET")
    assert 3.0 < times[-1] - times[0] < 6.0
    for since in times:
        assert sum(since <= at < since + 1 for at in times) <= 16


async def test_killed_and_started_again_it_goes_on_where_it_was(world: World) -> None:
    world.push()
    await world.say("bn", *ids(60))
    await world.settled()
    world.crm.calls.clear()
    id_ = await world.start(Purpose.RECONCILE, rate=50)
    while (await world.seen(id_)).running:
        job = world.walk()
        await asyncio.sleep(0.4)
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
    await world.settled()
    read = world.crm.read()
    assert set(read) == set(ids(60))
    assert len(read) <= 60 + 16
    assert (await world.seen(id_)).checked == 60


async def test_two_replicas_walk_together_and_ask_for_nobody_twice(world: World) -> None:
    world.push()
    world.push()
    await world.say("bn", *ids(40))
    await world.settled()
    world.crm.calls.clear()
    world.walk()
    world.walk()
    found = await world.over(await world.start(Purpose.RECONCILE, rate=40))
    assert (found.queued, found.checked) == (40, 40)
    assert sorted(world.crm.read()) == ids(40)


async def test_what_a_customer_says_meanwhile_goes_first(world: World) -> None:
    world.push(parallel=1)
    await world.say("bn", *ids(60))
    await world.settled()
    world.crm.slow = 0.1
    world.crm.calls.clear()
    world.walk()
    id_ = await world.start(Purpose.RECONCILE, rate=50)
    await until(lambda: len(world.crm.calls) >= 5, "the walk is under way")
    began = len(world.crm.calls)
    await world.say("hi", "cus-live")
    await until(lambda: "cus-live" in [who for _, _, who in world.crm.calls], "it is told")
    behind = [who for _, _, who in world.crm.calls].index("cus-live") - began
    assert behind <= 4
    world.crm.slow = 0
    await world.over(id_)


async def test_the_gauges_tell_of_a_walk_under_way(world: World) -> None:
    world.push()
    await world.say("bn", *ids(30))
    await world.settled()
    watcher = Watcher(world.engine, world.gauges)
    world.walk()
    id_ = await world.start(Purpose.BACKFILL, rate=10)

    async def shown() -> bool:
        await watcher.look()
        return 0 < world.counted('amends_crm_sweep_customers{customers="checked",purpose="backfill"}') < 30

    await until(shown, "some are checked")
    assert world.counted('amends_crm_sweeps_running{purpose="backfill"}') == 1
    assert world.counted('amends_crm_sweep_customers{customers="total",purpose="backfill"}') == 30
    await world.over(id_)
    await watcher.look()
    assert world.counted('amends_crm_sweeps_running{purpose="backfill"}') == 0
