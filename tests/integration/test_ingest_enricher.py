"""Fetching what was only announced, from an API that misbehaves: everything ends published once, or parked and why."""

import asyncio
import contextlib
import gzip
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

import ingest
from events import codec
from events.envelope import Event, Payload
from events.runtime.database import create_engine
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.runtime.migrate import upgrade
from events.runtime.stream import Outgoing, Publisher
from events.survey import SurveyResponse
from events.topics import TOPICS
from ingest.core.breaker import Breaker
from ingest.core.formats import Format
from ingest.core.reading import Arrival
from ingest.core.replies import Fetched, Patience, Reason
from ingest.core.source import Api, Source
from ingest.enricher.work import Work
from ingest.enricher.worker import Bounds, Enricher
from ingest.fetch_telemetry import FetchTelemetry
from ingest.fetching import MAX_BYTES, Fetcher, new_client
from ingest.store.log import Store
from ingest.store.parked import backlogs, parked, release
from ingest.store.queue import Queue
from ingest.store.schema import Owner
from ingest.vendors import registry
from ingest.vendors.hubspot import VENDOR as HUBSPOT
from ingest.vendors.node import Node, build
from ingest.vendors.outcome import Context, Ignored, Outcome, Said, Thin
from ingest.vendors.vendor import Enrichment, Vendor
from support import golden
from support import vendor_api as api
from support.until import until
from support.vendor_api import VendorApi

SCHEMA = "ingest"
MIGRATIONS = Path(ingest.__path__[0]) / "migrations"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOKEN = "canary-token-5f1c"
TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
QUICK = Patience(first=0.02, longest=0.1, give_up=2.0, missing=0.6, unauthorized=0.3, throttled=0.3, kafka=0.05)


def path(reference: Mapping[str, str]) -> str:
    return f"/answers/{quote(reference['object'], safe='')}?full=yes"


def read_fetched(document: Any, reference: Mapping[str, str], source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    if root.get("draft").value:
        yield Ignored("", "is a draft")
        return
    if root.get("bug").value:
        raise ZeroDivisionError(root.get("comment").value)
    for number in range(root.get("times").value or 1):
        name = f"{root.need('id').text()}.{number}"
        fields: dict[str, Any] = {
            "response_id": name,
            "updated_at": root.need("changed").instant(),
            "instrument": "csat",
            "scale": "1-5",
            "value": root.need("score"),
            "comment": root.get("comment"),
            "submitted_at": root.need("changed").instant(),
        }
        yield Said("", f"said-{name}", build(SurveyResponse, "", fields), START)


THIN = Vendor(
    "thin", "Thin", (Format.JSON,), read=lambda *_: [], enrichment=Enrichment(path, read_fetched, ("X-Token", "key "))
)


def document(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "score": 4, "changed": START.isoformat(), "comment": "canary-comment", **more}


@dataclass
class World:
    """Two sources at one misbehaving API, a database, a log in memory; workers as the test wants them."""

    engine: AsyncEngine
    api: VendorApi
    broker: MemoryBroker
    sources: dict[str, tuple[Vendor, Source, str | None]] = field(default_factory=dict)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    lease_seconds: float = 10.0
    seconds: float = 5.0

    def __post_init__(self) -> None:
        self.queue = Queue(self.engine, lease_seconds=self.lease_seconds)
        self.telemetry = FetchTelemetry(self.registry)
        for name in ("desk", "other"):
            self.configure(name)

    def configure(self, name: str, *, per_second: float = 1000, tenant: str = "acme") -> None:
        reached = self.reached(per_second)
        source = Source(name=name, vendor="thin", tenant=tenant, speaks_for=(f"/{name}",), api=reached)
        self.sources[name] = (THIN, source, TOKEN)

    def reached(self, per_second: float = 1000) -> Api:
        return Api(base_url=self.api.url, token="the-token", per_second=per_second)

    def has(self, *names: str, **more: Any) -> None:
        for name in names:
            self.api.documents[path({"object": name})] = document(name, **more)

    def then(self, name: str, *steps: api.Step) -> None:
        self.api.then(path({"object": name}), *steps)

    async def announce(self, *names: str, source: str = "desk") -> None:
        spoken = self.sources[source][1]
        arrival = Arrival(spoken.tenant, START, "request-1", TRACE)
        await self.queue.put(spoken, [Thin("", name, {"object": name}, START) for name in names], arrival)

    def asked(self, name: str) -> list[api.Asked]:
        return [asked for asked in self.api.asked if asked.path == path({"object": name})]

    def events(self) -> list[Event[Payload]]:
        records = [record for log in self.broker.logs.values() for record in log]
        return [codec.decode(record.headers, record.value) for record in records]

    def ids(self) -> Counter[str]:
        return Counter(event.id for event in self.events())

    async def parked(self, source: str = "desk") -> dict[str, Reason]:
        owner = Owner(self.sources[source][1].tenant, source) if source in self.sources else Owner("acme", source)
        return {one.id: one.reason for one in await parked(self.engine, owner, most=10_000)}

    async def settled(self) -> bool:
        return all(behind.waiting == 0 for behind in await backlogs(self.engine))

    async def ended(self, seconds: float = 30) -> None:
        await until(self.settled, "everything is published or parked", seconds=seconds)

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"amends_ingest_enrichment_{name}_total", labels) or 0

    @contextlib.asynccontextmanager
    async def worker(
        self, publisher: Publisher | None = None, bounds: Bounds | None = None
    ) -> AsyncIterator[tuple[asyncio.Task[None], asyncio.Event]]:
        stop = asyncio.Event()
        async with new_client(64) as client:
            store = Store(publisher or MemoryPublisher(self.broker), Breaker(rest=0.1))
            fetcher = Fetcher(client, QUICK, seconds=self.seconds)
            work = Work(self.queue, fetcher, store, self.telemetry, QUICK)
            bounds = bounds or Bounds(per_source=8, poll_seconds=0.02)
            task = asyncio.create_task(Enricher(self.queue, work, self.sources.get, bounds).run(stop))
            try:
                yield task, stop
            finally:
                stop.set()
                await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            task.result()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA, pool_size=20)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
        yield engine
    finally:
        await engine.dispose()


@pytest.fixture
async def world(engine: AsyncEngine) -> AsyncIterator[World]:
    async with api.vendor_api() as vendor:
        yield World(engine, vendor, MemoryBroker({topic.name: 3 for topic in TOPICS}))


async def test_what_was_announced_is_fetched_with_the_token_and_published_as_the_source_s(world: World) -> None:
    world.has("r-1")
    await world.announce("r-1")
    async with world.worker():
        await world.ended()
    (asked,) = world.api.asked
    assert asked.path == "/answers/r-1?full=yes"
    assert asked.headers["x-token"] == f"key {TOKEN}"
    (event,) = world.events()
    assert event.identity == ("acme", "/desk", "said-r-1.0")
    assert (event.time, event.traceparent, event.request_id) == (START, TRACE, "request-1")
    assert abs((event.recorded_at - datetime.now(UTC)).total_seconds()) < 60
    assert isinstance(event.data, SurveyResponse)
    assert event.data.value == 4
    assert world.counted("fetches", result="published") == 1


async def test_one_document_may_be_many_events_or_none(world: World) -> None:
    world.has("many", times=7)
    world.has("draft", draft=True)
    await world.announce("many", "draft")
    async with world.worker():
        await world.ended()
    assert world.ids() == {f"said-many.{number}": 1 for number in range(7)}
    assert world.counted("fetches", result="nothing") == 1
    assert await world.parked() == {}


def telling(**more: Any) -> api.Step:
    return api.status(200, json.dumps(document("off", **more)).encode())


RECOVERS: dict[str, Callable[[], Sequence[api.Step]]] = {
    "errors": lambda: [api.status(500), api.status(502), api.status(503), api.status(408)],
    "not-there-yet": lambda: [api.status(404), api.status(410)],
    "silent": lambda: [api.silence],
    "reset": lambda: [api.reset, api.reset],
    "cut": lambda: [api.cut],
    "drips": lambda: [api.drip],
    "a-page": lambda: [api.status(200, b"<html>canary-comment</html>", content_type="text/html")],
    "no-json": lambda: [api.status(200, b"{canary-comment", content_type="application/json; charset=utf-8")],
    "twice-a-key": lambda: [api.status(200, b'{"id": 1, "id": 2}')],
    "packed": lambda: [api.status(200, gzip.compress(b"{}"), content_encoding="gzip")],
    "no-content": lambda: [api.status(204, b"", content_length="")],
    "refused": lambda: [api.status(401), api.status(403)],
    "throttled": lambda: [api.status(429), api.status(503, retry_after="1")],
    "nothing-wrong": lambda: [],
}
ENDS: dict[str, tuple[api.Step, Reason]] = {
    "moved": (api.status(302, location="/answers/elsewhere"), Reason.REDIRECTED),
    "bad-request": (api.status(400), Reason.REJECTED),
    "three-megabytes": (api.status(200, b'"' + b"x" * (3 << 20) + b'"'), Reason.TOO_LARGE),
    "endless": (api.endless, Reason.TOO_LARGE),
    "off-scale": (telling(score=17), Reason.UNMAPPABLE),
    "without-score": (telling(score=None), Reason.UNMAPPABLE),
    "of-tomorrow": (telling(changed="2199-01-01T00:00:00Z"), Reason.UNMAPPABLE),
    "too-much-at-once": (telling(times=501), Reason.TOO_LARGE),
    "never-there": (api.status(404), Reason.NOT_FOUND),
    "always-broken": (api.status(500), Reason.SERVER_ERROR),
    "our-bug": (telling(bug=True), Reason.OUR_FAULT),
}  # fmt: skip


async def test_everything_ends_published_once_or_parked_with_its_reason(world: World) -> None:
    world.seconds = 0.5  # some never answer
    chance = random.Random(11)
    good = [f"{name}-{n}" for name in RECOVERS for n in range(3)]
    bad = [f"{name}-{n}" for name in ENDS for n in range(2)]
    for name in good:
        world.has(name)
        world.then(name, *RECOVERS[name.rpartition("-")[0]]())
    for name in bad:
        world.then(name, *[ENDS[name.rpartition("-")[0]][0]] * 400)
    everything = chance.sample(good + bad, len(good + bad))
    with capture_logs() as logs:
        async with world.worker(), world.worker():
            for start in range(0, len(everything), 10):
                await world.announce(*everything[start : start + 10])
            await world.ended(seconds=90)

    assert world.ids() == {f"said-{name}.0": 1 for name in good}
    assert await world.parked() == {name: ENDS[name.rpartition("-")[0]][1] for name in bad}
    assert not world.asked("elsewhere")
    assert all("cookie" not in asked.headers for asked in world.api.asked)
    told = repr(logs) + repr(await parked(world.engine, Owner("acme", "desk")))
    assert "canary" not in told


async def test_what_cannot_be_mapped_says_where_and_never_what(world: World) -> None:
    world.has("r-1", changed="canary")
    await world.announce("r-1")
    async with world.worker():
        await world.ended()
    (one,) = await parked(world.engine, Owner("acme", "desk"))
    assert (one.reason, one.pointers) == (Reason.UNMAPPABLE, ("/changed",))
    assert world.counted("troubles", reason="unmappable") == 1


async def test_hubspot_s_events_become_answers(world: World) -> None:
    source = Source(name="hub", vendor="hubspot", api=Api(base_url=world.api.url, token="the-token"))
    world.sources["hub"] = (HUBSPOT, source, TOKEN)
    told = {"subscriptionType": "object.creation", "objectTypeId": "0-19", "portalId": 7, "objectId": 99}
    thins = list(HUBSPOT.read([{**told, "occurredAt": 1772443800000}], source, Context(START)))
    assert isinstance(thins[0], Thin)
    assert HUBSPOT.enrichment is not None
    where = HUBSPOT.enrichment.path(thins[0].reference)
    properties = {"hs_survey_type": "CES", "hs_survey_id": "3", "hs_value": "6", "hs_ticket_id": "1234"}
    world.api.documents[where] = {"id": "99", "properties": properties, "updatedAt": "2026-03-02T09:29:00.000Z"}
    await world.queue.put(source, [thins[0]], Arrival("default", START))
    async with world.worker():
        await world.ended()
    (event,) = world.events()
    assert isinstance(event.data, SurveyResponse)
    assert (event.data.instrument, event.data.scale, event.data.value) == ("ces", "1-7", 6)
    assert world.api.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


async def test_what_is_parked_is_fetched_again_once_it_is_let_go(world: World) -> None:
    world.then("r-1", api.status(422))
    world.has("r-1")
    await world.announce("r-1")
    async with world.worker():
        await world.ended()
        assert await world.parked() == {"r-1": Reason.REJECTED}
        await release(world.engine, Owner("acme", "desk"), "r-1")
        await world.ended()
    assert world.ids() == {"said-r-1.0": 1}


@pytest.mark.parametrize("dated", [False, True])
async def test_nothing_is_asked_while_a_vendor_wants_rest_and_other_sources_go_on(world: World, dated: bool) -> None:
    names = [f"r-{number}" for number in range(20)]
    world.has(*names, *(f"o-{number}" for number in range(40)))
    rest = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True) if dated else "2"
    world.then("r-0", api.status(429, retry_after=rest))
    await world.announce(*names[:1])
    async with world.worker(), world.worker():
        (first,) = await until(lambda: [a for a in world.asked("r-0") if a.answered], "it is told to rest")
        await until(lambda: world.counted("fetches", result="paused"), "the rest is on record")
        await world.announce(*names[1:])
        for number in range(40):
            await world.announce(f"o-{number}", source="other")
        await until(lambda: len(world.api.paths()) >= 41, "the other source goes on", seconds=1.5)
        await world.ended()
    assert first.answered is not None
    again = min(asked.at for asked in world.api.asked if "/r-" in asked.path and asked is not first)
    assert again - first.answered >= (1.9 if not dated else 1.5)
    assert sum(world.ids().values()) == 60


async def test_a_refused_token_pauses_the_source_until_it_is_right(world: World) -> None:
    names = [f"r-{number}" for number in range(10)]
    world.has(*names)
    right = False

    async def guard(vendor: VendorApi, where: str, writer: asyncio.StreamWriter) -> None:
        if not right:
            vendor.script[where].appendleft(api.status(401))

    world.api.before = guard
    await world.announce(*names)
    with capture_logs() as logs:
        async with world.worker(bounds=Bounds(per_source=2, poll_seconds=0.02)):
            await until(lambda: world.counted("fetches", result="paused") >= 4, "it is refused in a second round")
            assert len(world.api.asked) <= 8
            assert await world.parked() == {}
            (behind,) = await backlogs(world.engine)
            assert (behind.waiting, behind.paused) == (10, Reason.UNAUTHORIZED)
            right = True
            await world.ended()
    assert world.ids() == {f"said-{name}.0": 1 for name in names}
    assert any(entry["log_level"] == "error" and entry["reason"] == "unauthorized" for entry in logs)
    assert TOKEN not in repr(logs)


async def test_one_thing_that_alone_is_forbidden_holds_up_the_others_only_for_a_while(world: World) -> None:
    names = [f"r-{number}" for number in range(6)]
    world.has(*names)
    world.then("no", *[api.status(403)] * 100)
    await world.announce("no")
    async with world.worker(bounds=Bounds(per_source=1, poll_seconds=0.02)):
        await until(lambda: len(world.asked("no")) >= 1, "it is refused")
        await world.announce(*names)
        await until(lambda: len(world.ids()) == 6, "the others are through")


async def test_the_rate_is_kept_by_two_workers_together(world: World) -> None:
    world.configure("desk", per_second=10)
    names = [f"r-{number}" for number in range(40)]
    world.has(*names)
    await world.announce(*names)
    began = time.monotonic()
    async with world.worker(), world.worker():
        await world.ended()
    took = time.monotonic() - began
    at = sorted(asked.at for asked in world.api.asked)
    assert len(at) == 40
    most = max(sum(1 for then in at if start <= then < start + 1) for start in at)
    assert most <= 22, "a second's worth at once after a rest, and a second's worth"
    assert 2.9 <= took < 15


async def test_two_workers_do_not_fetch_the_same_thing_within_a_lease(world: World) -> None:
    names = [f"r-{number}" for number in range(60)]
    world.has(*names)
    for name in names:
        world.then(name, api.slowly(0.1))
    await world.announce(*names)
    async with world.worker(), world.worker(), world.worker():
        await world.ended()
    assert Counter(world.api.paths()) == {path({"object": name}): 1 for name in names}
    assert world.ids() == {f"said-{name}.0": 1 for name in names}


async def test_a_slow_vendor_holds_up_no_other(world: World) -> None:
    world.has("quick")
    slow = [f"slow-{number}" for number in range(50)]
    for name in slow:
        world.then(name, api.silence)
    world.has(*slow)
    await world.announce(*slow)
    async with world.worker(bounds=Bounds(per_source=4, at_once=6, poll_seconds=0.02)):
        await until(lambda: len(world.api.asked) == 4, "the slow one has all its places")
        await world.announce("quick", source="other")
        await until(lambda: world.ids()["said-quick.0"], "the other is through", seconds=4)
        assert len(world.api.asked) == 5
        world.api.closing.set()


class Hanging:
    """A publisher that stores everything and then never says so: the moment a process is killed in."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._inner = MemoryPublisher(broker)
        self.stored = asyncio.Event()

    async def publish(self, records: Sequence[Outgoing]) -> None:
        await self._inner.publish(records)
        self.stored.set()
        await asyncio.Event().wait()


async def test_killed_between_publishing_and_saying_so_the_same_event_ids_come_again(world: World) -> None:
    world = replace(world, lease_seconds=0.5, registry=CollectorRegistry())
    world.has("r-1", times=3)
    await world.announce("r-1")
    hanging = Hanging(world.broker)
    async with world.worker(hanging) as (task, _):
        await asyncio.wait_for(hanging.stored.wait(), 10)
        task.cancel()
        await asyncio.wait({task})
    assert world.ids() == {f"said-r-1.{number}": 1 for number in range(3)}
    async with world.worker():
        await world.ended()
    assert world.ids() == {f"said-r-1.{number}": 2 for number in range(3)}
    assert len({event.identity for event in world.events()}) == 3


async def test_while_kafka_is_away_rows_stay_and_the_vendor_is_left_alone(world: World) -> None:
    names = [f"r-{number}" for number in range(5)]
    world.has(*names)
    world.broker.away = True
    await world.announce(*names)
    async with world.worker():
        await until(lambda: world.counted("troubles", reason="kafka-away") >= 5, "they are kept")
        before = len(world.api.asked)
        await asyncio.sleep(0.05)  # within the breaker's rest
        assert len(world.api.asked) - before <= 5
        assert not await world.settled()
        world.broker.away = False
        await world.ended()
    assert world.ids() == {f"said-{name}.0": 1 for name in names}
    assert await world.parked() == {}


async def test_what_a_source_announced_that_is_gone_or_another_tenant_s_is_parked(world: World) -> None:
    world.has("r-1", "r-2")
    await world.announce("r-1", source="desk")
    await world.announce("r-2", source="other")
    del world.sources["desk"]
    world.configure("other", tenant="someone-else")
    async with world.worker():
        await world.ended()
    assert world.api.asked == []
    assert await world.parked("desk") == {"r-1": Reason.SOURCE_GONE}
    shown = await parked(world.engine, Owner("acme", "other"))
    assert [one.reason for one in shown] == [Reason.SOURCE_GONE]


@pytest.mark.parametrize("token", [None, "", "line\nbreak", "schlüssel"])
async def test_a_source_without_a_usable_token_rests_until_it_has_one(world: World, token: str | None) -> None:
    world.has("r-1")
    vendor, source, _ = world.sources["desk"]
    world.sources["desk"] = (vendor, source, token)
    await world.announce("r-1")
    with capture_logs() as logs:
        async with world.worker():
            await until(lambda: any(e.get("reason") == "not-configured" for e in logs), "it is said")
            assert world.api.asked == []
            world.configure("desk")
            await world.ended()
    assert world.ids() == {"said-r-1.0": 1}
    assert "schl" not in repr(logs)


@pytest.mark.parametrize(
    "wild",
    [
        lambda reference: "@127.0.0.2:9/answers",
        lambda reference: "/answers/../secrets",
        lambda reference: "/answers/..",
        lambda reference: "/answers/a b",
        lambda reference: "/answers/a#fragment",
        lambda reference: "/answers/\n",
        lambda reference: "/answers/ü",
        lambda reference: "/" + "a" * 70_000,
        lambda reference: "",
    ],
)
async def test_an_id_cannot_lead_a_request_astray(world: World, wild: Callable[[Mapping[str, str]], str]) -> None:
    _, source, token = world.sources["desk"]
    astray = replace(THIN, enrichment=Enrichment(wild, read_fetched))
    world.sources["desk"] = (astray, source, token)
    await world.announce("r-1")
    async with world.worker():
        await world.ended()
    assert world.api.asked == []
    assert await world.parked() == {"r-1": Reason.UNADDRESSABLE}


@pytest.mark.parametrize("vendor", [v for v in registry.VENDORS if v.enrichment], ids=lambda vendor: vendor.name)
async def test_each_adapter_s_address_arrives_as_it_was_meant(world: World, vendor: Vendor) -> None:
    cases = [case for case in golden.cases() if case.vendor is vendor]
    thins = [said for case in cases for one in case.deliveries for said in case.read(one) if isinstance(said, Thin)]
    assert vendor.enrichment is not None
    assert thins, "no golden file of it fetches anything"
    async with new_client(4) as client:
        for thin in thins:
            where = vendor.enrichment.path(thin.reference)
            world.api.documents[where] = {"id": 1}
            found = await Fetcher(client).fetch(vendor.enrichment, world.reached(), TOKEN, thin.reference)
            assert found == Fetched({"id": 1})
            assert world.api.paths()[-1] == where


async def test_a_cookie_is_not_kept(world: World) -> None:
    world.has("r-1", "r-2")
    body = json.dumps(document("r-1")).encode()
    world.then("r-1", api.status(200, body, set_cookie="session=1; Path=/"))
    async with world.worker():
        await world.announce("r-1")
        await world.ended()
        await world.announce("r-2")
        await world.ended()
    assert len(world.api.asked) == 2
    assert all("cookie" not in asked.headers for asked in world.api.asked)


async def test_a_document_of_just_the_limit_is_read_and_one_byte_more_is_not(world: World) -> None:
    def padded(name: str, size: int) -> bytes:
        body = json.dumps(document(name)).encode()
        return body + b" " * (size - len(body))

    world.then("fits", api.status(200, padded("fits", MAX_BYTES)))
    world.then("over", api.status(200, padded("over", MAX_BYTES + 1)))
    await world.announce("fits", "over")
    async with world.worker():
        await world.ended()
    assert world.ids() == {"said-fits.0": 1}
    assert await world.parked() == {"over": Reason.TOO_LARGE}


async def test_told_to_stop_it_finishes_what_is_under_way_and_begins_nothing(world: World) -> None:
    gate = api.Gate()
    names = [f"r-{number}" for number in range(10)]
    world.has(*names)
    for name in names:
        world.then(name, gate)
    await world.announce(*names)
    world.seconds = 10
    async with world.worker(bounds=Bounds(per_source=3, poll_seconds=0.02)) as (task, stop):
        await until(lambda: gate.held == 3, "three are under way")
        stop.set()
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.wait_for(task, 10)
    assert gate.held == 3
    assert sum(world.ids().values()) == 3
    (behind,) = await backlogs(world.engine)
    assert behind.waiting == 7


async def test_a_database_that_goes_away_is_waited_for(world: World, free_port: int) -> None:
    nowhere = create_engine(f"postgresql://amends@127.0.0.1:{free_port}/amends", SCHEMA)
    away = replace(world, engine=nowhere, registry=CollectorRegistry())
    with capture_logs() as logs:
        async with away.worker() as (task, _):
            await until(lambda: len(logs) >= 2, "it says so and goes on")
            assert not task.done()
    assert {entry["event"] for entry in logs} == {"not fetching: waiting for a dependency"}
    await nowhere.dispose()
