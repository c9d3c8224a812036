"""Pushing preferences into a real CRM that answers badly: it ends with what the customer wants, a human's edit wins."""

import asyncio
import contextlib
import random
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from demo_crm.app import create_app as create_crm
from events.envelope import Event
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from profile_sync import api
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.converge import Change, Profile, change, plan
from profile_sync.core.extract import extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reply
from profile_sync.core.templates import UrlTemplate
from profile_sync.crms import CRMS, Crm, Target
from profile_sync.handler import NotePreferences
from profile_sync.pusher import Pusher
from profile_sync.store.pushes import Pushes
from profile_sync.telemetry import Telemetry
from support.until import until

TOKEN = "a-token-for-tests"
START = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)

ASGI = Callable[[Any, Any, Any], Awaitable[None]]
Fault = Callable[["FaultyCrm", ASGI, Any, Any, Any], Awaitable[None]]


@dataclass
class Seen:
    """One request as the CRM got it, and when it was answered."""

    at: float
    method: str
    path: str
    key: str | None
    fault: str | None
    answered: float | None = None


class FaultyCrm:
    """The real CRM behind a script: the next faults of each customer's reads and writes, in order."""

    def __init__(self, crm: ASGI) -> None:
        self.crm = crm
        self.script: dict[tuple[str, str], deque[tuple[str, Fault]]] = defaultdict(deque)
        self.seen: list[Seen] = []
        self.slow = 0.0
        self.closing = asyncio.Event()

    def then(self, method: str, customer: str, *faults: tuple[str, Fault]) -> None:
        self.script[method, f"/profiles/{customer}"].extend(faults)

    def writes(self, customer: str) -> list[Seen]:
        return [s for s in self.seen if s.method == "PATCH" and s.path == f"/profiles/{customer}"]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.crm(scope, receive, send)
        path, headers = scope["path"], dict(scope["headers"])
        waiting = self.script[scope["method"], path]
        name, fault = waiting.popleft() if waiting else (None, honest)
        key = headers.get(b"idempotency-key")
        seen = Seen(time.monotonic(), scope["method"], path, key.decode() if key else None, name)
        self.seen.append(seen)
        await asyncio.sleep(self.slow)
        await fault(self, self.crm, scope, receive, self._noting(seen, send))

    def _noting(self, seen: Seen, send: Any) -> Any:
        async def noting(message: Any) -> None:
            seen.answered = seen.answered or time.monotonic()
            await send(message)

        return noting


async def honest(_: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
    await crm(scope, receive, send)


def answering(status: int, body: bytes = b"{}", **headers: str) -> tuple[str, Fault]:
    """Does nothing and says so."""

    async def fault(_: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
        found = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": found})
        await send({"type": "http.response.body", "body": body})

    return str(status), fault


def _swallowing(then: Callable[[FaultyCrm, Any], Awaitable[None]]) -> Fault:
    async def fault(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
        async def nowhere(_: Any) -> None: ...

        await crm(scope, receive, nowhere)
        await then(self, send)

    return fault


async def _never(self: FaultyCrm, send: Any) -> None:
    await self.closing.wait()


async def _reset(self: FaultyCrm, send: Any) -> None:
    headers = [(b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x", "more_body": True})


async def _silent(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
    await self.closing.wait()


async def _cut(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
    await _reset(self, send)


WRITES_THEN_HANGS: tuple[str, Fault] = ("writes then hangs", _swallowing(_never))
WRITES_THEN_RESETS: tuple[str, Fault] = ("writes then resets", _swallowing(_reset))
HANGS: tuple[str, Fault] = ("hangs", _silent)
RESETS: tuple[str, Fault] = ("resets", _cut)


def written_then(status: int) -> tuple[str, Fault]:
    async def answer(_: FaultyCrm, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return f"writes then {status}", _swallowing(answer)


def human_first(name: str, value: Any) -> tuple[str, Fault]:
    """A person saves an edit between our reading and our writing, so that the CRM itself answers 412."""

    async def fault(self: FaultyCrm, crm: ASGI, scope: Any, receive: Any, send: Any) -> None:
        await by_hand(crm, scope["path"].rsplit("/", 1)[1], name, value)
        await crm(scope, receive, send)

    return f"412 after {name}={value}", fault


async def by_hand(crm: ASGI, customer: str, name: str, value: str) -> None:
    transport = httpx.ASGITransport(app=crm)
    async with httpx.AsyncClient(transport=transport, base_url="http://crm") as person:
        answer = await person.post(f"/customers/{customer}", data={"field": name, "value": value})
        assert answer.status_code == 303, answer.text


class Counting:
    """A CRM that counts the calls under way for each customer, over all pushers."""

    def __init__(self, crm: Crm, busy: Counter[Customer]) -> None:
        self._crm = crm
        self._busy = busy

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
    """profile-sync on its own database, and the CRM on a port."""

    engine: AsyncEngine
    faults: FaultyCrm
    url: str
    telemetry: Telemetry
    registry: CollectorRegistry
    client: httpx.AsyncClient
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    pushers: list[asyncio.Task[None]] = field(default_factory=list)
    events: int = 0
    busy: Counter[Customer] = field(default_factory=Counter)

    @property
    def crm(self) -> Crm:
        target = Target(UrlTemplate.parse(self.url + "/profiles/{customer_id}"), SecretStr(TOKEN), 1.5)
        return Counting(CRMS["rest"](self.client, target), self.busy)

    def pushes(self, *, lease: float = 10.0, recheck: float = 3600.0) -> Pushes:
        return Pushes(self.engine, lease_seconds=lease, recheck_seconds=recheck)

    def start(self, count: int = 1, *, parallel: int = 4, lease: float = 10.0, recheck: float = 3600.0) -> None:
        for _ in range(count):
            pushes = self.pushes(lease=lease, recheck=recheck)
            pusher = Pusher(pushes, self.crm, self.telemetry, parallel=parallel, poll_seconds=0.05)
            self.pushers.append(asyncio.create_task(pusher.run(self.stop)))

    async def say(self, customer: str, *preferences: tuple[Any, ...], response: str = "", **also: Any) -> None:
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
        data = SurveyResponse.model_validate(document | also)
        now = datetime.now(UTC)
        event = Event(f"e{self.events}", "/survey", "default", now, now, data)
        handler = NotePreferences(extractors(NO_ANSWERS), self.telemetry)
        async with transaction(self.engine) as tx:
            await handler(tx, [event])

    async def rows(self) -> dict[str, Any]:
        async with transaction(self.engine) as tx:
            return {row.customer_id: row for row in await tx.execute(text("SELECT * FROM crm_push"))}

    async def settled(self, **states: str) -> None:
        """Every customer is ``done`` and nobody holds a lease, but for those named."""

        async def reached() -> bool:
            for pusher in self.pushers:
                assert not pusher.done(), pusher.exception()
            rows = await self.rows()
            return all(row.lease is None and row.state == states.get(id_, "done") for id_, row in rows.items())

        await until(reached, "every push is settled", seconds=60)

    async def fields(self, customer: str) -> dict[str, Any]:
        """What the CRM holds: value by field."""
        transport = httpx.ASGITransport(app=self.faults.crm)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://crm", headers=headers) as reader:
            answer = await reader.get(f"/profiles/{customer}")
        if answer.status_code == 404:
            return {}
        return {name: held["value"] for name, held in answer.json()["fields"].items()}

    async def shown(self, customer: str) -> dict[str, Any]:
        """The API's answer."""
        key = new_key(("preferences:read",))
        app = FastAPI()
        app.include_router(api.router(self.engine, Keyring((key.kept,))))
        headers = {"Authorization": f"Bearer {key.secret}"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=headers) as reader:
            answer = await reader.get(f"/v1/customers/{customer}/preferences")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def due_now(self) -> None:
        """As if the time of the next try, look or call had come."""
        async with transaction(self.engine) as tx:
            await tx.execute(text("UPDATE crm_push SET due_at = now()"))
            await tx.execute(text("DELETE FROM crm_pause"))

    def counted(self, name: str) -> float:
        lines = generate_latest(self.registry).decode().splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} "))


@contextlib.asynccontextmanager
async def listening(app: ASGI, port: int) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", access_log=False))
    with contextlib.ExitStack() as quiet:
        server.capture_signals = lambda: quiet  # type: ignore[method-assign]  # pytest keeps its signals
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started, "the CRM listens")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def world(database_url: str, free_port: int) -> AsyncIterator[World]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    faults = FaultyCrm(create_crm(database_url, TOKEN))
    registry = CollectorRegistry()
    async with listening(faults, free_port) as url, httpx.AsyncClient(trust_env=False) as client:
        made = World(engine, faults, url, Telemetry(registry), registry, client)
        try:
            yield made
        finally:
            made.stop.set()
            faults.closing.set()
            await asyncio.gather(*made.pushers)
            await engine.dispose()


async def test_a_preference_reaches_the_crm_with_its_provenance(world: World) -> None:
    world.start()
    await world.say("cus-42", ("contact_channel", "email"), ("do_not_contact", "phone"), response="resp-9001")
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email", "do_not_contact_phone": True}
    shown = await world.shown("cus-42")
    assert [(p["kind"], p["channel"], p["value"], p["status"]) for p in shown["preferences"]] == [
        ("contact_channel", None, "email", "active"),
        ("do_not_contact", "phone", True, "active"),
    ]
    assert shown["preferences"][0]["said_in"] == {
        "source": "/survey",
        "response_id": "resp-9001",
        "event_id": "e1",
        "extractor": "stated/1",
    }
    told = {f["field"]: f["written"] for f in shown["crm"]["fields"]}
    expected = {"value": "email", "stated_at": "2026-03-02T09:41:00Z", "source": "survey resp-9001"}
    assert told["contact_channel"] == expected
    assert shown["crm"]["state"] == "done"
    assert world.counted("amends_crm_write_delay_seconds_count") == 1


async def test_only_the_newest_state_is_sent(world: World) -> None:
    for channel in ("phone", "chat", "sms", "email"):
        await world.say("cus-42", ("contact_channel", channel))
    world.start()
    await world.settled()
    assert len(world.faults.writes("cus-42")) == 1
    assert await world.fields("cus-42") == {"contact_channel": "email"}
    history = (await world.shown("cus-42"))["history"]
    assert [(n["value"], n["status"]) for n in history] == [(v, "superseded") for v in ("sms", "chat", "phone")]


async def test_what_is_taken_back_is_taken_back_in_the_crm(world: World) -> None:
    world.start()
    await world.say("cus-42", ("do_not_contact", "phone"), ("language", "bn"), response="r1", revision=1)
    await world.settled()
    await world.say("cus-42", ("do_not_contact", "phone", False))
    await world.settled()
    assert await world.fields("cus-42") == {"do_not_contact_phone": False, "language": "bn"}
    await world.say("cus-42", response="r1", revision=2, status="dismissed", value=None)
    await world.settled()
    assert await world.fields("cus-42") == {"do_not_contact_phone": False}


async def test_a_newer_note_that_overtakes_a_push_is_sent_after_it(world: World) -> None:
    world.faults.slow = 0.2
    world.start()
    await world.say("cus-42", ("contact_channel", "phone"))
    await until(lambda: world.faults.writes("cus-42"), "the first write is under way")
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}
    assert len(world.faults.writes("cus-42")) == 2


async def test_retries_carry_the_same_key(world: World) -> None:
    world.faults.then("PATCH", "cus-42", answering(500), RESETS, HANGS)
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    writes = world.faults.writes("cus-42")
    assert [w.fault for w in writes] == ["500", "resets", "hangs", None]
    assert len({w.key for w in writes}) == 1
    assert await world.fields("cus-42") == {"contact_channel": "email"}


@pytest.mark.parametrize("fault", [WRITES_THEN_HANGS, WRITES_THEN_RESETS, written_then(500), written_then(409)])
async def test_a_write_whose_answer_was_lost_is_not_done_twice(world: World, fault: tuple[str, Fault]) -> None:
    world.faults.then("PATCH", "cus-42", fault)
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}
    assert len(world.faults.writes("cus-42")) == 1


async def test_a_409_that_did_nothing_is_not_taken_for_done(world: World) -> None:
    world.faults.then("PATCH", "cus-42", answering(409))
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}


async def test_a_kill_between_writing_and_recording_changes_nothing_more(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes(lease=0.3).claim(1)
    await _push_and_die(world, claim)
    world.start()
    await world.settled()
    assert len(world.faults.writes("cus-42")) == 1
    assert await world.fields("cus-42") == {"contact_channel": "email"}


async def test_what_a_killed_pusher_wrote_is_known_as_ours_when_something_newer_comes(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes(lease=0.3).claim(1)
    await _push_and_die(world, claim)
    await world.say("cus-42", ("contact_channel", "chat"))
    world.start()
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "chat"}


async def _push_and_die(world: World, claim: Any) -> None:
    """All that a pusher does up to the moment where it would record its success."""
    profile = await world.crm.read(claim.customer)
    assert isinstance(profile, Profile)
    intended = plan(claim.wanted, claim.memory, profile)
    await world.pushes(lease=0.3).intend(claim, intended)
    reply = await world.crm.write(claim.customer, change(claim.customer, claim.version, intended, profile))
    assert reply.status == 200


async def test_a_pusher_whose_lease_ran_out_records_nothing(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    slow = world.pushes(lease=0.05)
    (claim,) = await slow.claim(1)
    await until(lambda: world.pushes().claim(1), "the lease runs out and another pusher has the customer")
    empty = plan({}, {}, Profile({}))
    assert not await slow.settle(claim, empty)
    assert (await slow.intend(claim, empty)).name == "LOST"


async def test_a_humans_edit_wins_and_setting_it_back_resumes_the_sync(world: World) -> None:
    world.start(recheck=0.2)
    await world.say("cus-42", ("contact_channel", "phone"), ("language", "bn"))
    await world.settled()
    await by_hand(world.faults.crm, "cus-42", "contact_channel", "chat")
    await world.say("cus-42", ("contact_channel", "email"), ("language", "de"))
    await _yielded(world, "cus-42")
    assert await world.fields("cus-42") == {"contact_channel": "chat", "language": "de"}
    held = {f["field"]: f["yielded_since"] for f in (await world.shown("cus-42"))["crm"]["fields"]}
    assert held["contact_channel"] is not None
    assert held["language"] is None
    await by_hand(world.faults.crm, "cus-42", "contact_channel", "phone")
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email", "language": "de"}
    held = {f["field"]: f["yielded_since"] for f in (await world.shown("cus-42"))["crm"]["fields"]}
    assert set(held.values()) == {None}


async def _yielded(world: World, customer: str) -> None:
    async def reached() -> bool:
        return (await world.rows())[customer].state == "yielded"

    await until(reached, "the push yields to the human")


async def test_a_human_who_edits_between_our_reading_and_our_writing_wins_too(world: World) -> None:
    world.start()
    await world.say("cus-42", ("contact_channel", "phone"), ("language", "bn"))
    await world.settled()
    world.faults.then("PATCH", "cus-42", human_first("contact_channel", "chat"))
    await world.say("cus-42", ("contact_channel", "email"), ("language", "de"))
    await _yielded(world, "cus-42")
    assert await world.fields("cus-42") == {"contact_channel": "chat", "language": "de"}
    _, refused, merged = world.faults.writes("cus-42")
    assert refused.key != merged.key


async def test_retry_after_holds_back_every_customer_of_the_tenant(world: World) -> None:
    for number in range(6):
        await world.say(f"cus-{number}", ("contact_channel", "email"))
    world.faults.then("PATCH", "cus-0", answering(429, Retry_After="2"))
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=6), usegmt=True)
    world.faults.then("PATCH", "cus-1", answering(503, Retry_After=soon))
    world.start(2, parallel=1)
    await world.settled()
    for quiet, least in (("429", 2.0), ("503", 1.0)):
        (told,) = [seen for seen in world.faults.seen if seen.fault == quiet]
        assert told.answered is not None
        # What was under way when the answer came cannot be called back; nothing may start once it has been recorded.
        within = [s for s in world.faults.seen if told.answered + 0.3 < s.at < told.answered + least - 0.1]
        assert within == []
    for number in range(6):
        assert await world.fields(f"cus-{number}") == {"contact_channel": "email"}


async def test_a_refused_token_pauses_the_tenant_and_is_shown(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    world.faults.then("GET", "cus-42", answering(401))
    world.start()
    shown = await until(lambda: _reason(world, "cus-42", "unauthorized"), "the refusal is shown")
    assert shown["crm"]["state"] == "pending"
    assert datetime.fromisoformat(shown["crm"]["next_try_at"]) > datetime.now(UTC) + timedelta(minutes=4)
    await world.due_now()
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}


async def _reason(world: World, customer: str, reason: str) -> dict[str, Any] | None:
    shown = await world.shown(customer)
    return shown if shown["crm"]["reason"] == reason else None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (answering(403), "forbidden"),
        (answering(404), "unknown_profile"),
        (answering(422), "rejected"),
        (answering(302, Location="/profiles/cus-7"), "redirected"),
    ],
)
async def test_what_trying_again_cannot_mend_is_parked_and_a_newer_note_tries_again(
    world: World, fault: tuple[str, Fault], reason: str
) -> None:
    world.faults.then("PATCH", "cus-42", fault)
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled(**{"cus-42": "parked"})
    shown = await world.shown("cus-42")
    assert (shown["crm"]["state"], shown["crm"]["reason"]) == ("parked", reason)
    assert {s.path for s in world.faults.seen} == {"/profiles/cus-42"}
    await world.say("cus-42", ("contact_channel", "chat"))
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "chat"}
    assert (await world.shown("cus-42"))["crm"]["reason"] is None


@pytest.mark.parametrize(
    "fault",
    [
        answering(200, b'{"fields": {"x": "' + b"a" * 300_000 + b'"}}'),
        answering(200, b"<html>We are updating</html>"),
        answering(200, b'{"fields": []}'),
        answering(200, b"[" * 100_000),
        answering(200, b'{"fields": {}}', Content_Encoding="gzip"),
        answering(200, b'{"fields": {}}', ETag='"' + "a" * 600 + '"'),
        answering(200, b'{"fields": {}}', ETag='"\xe9"'),
        answering(204, b""),
    ],
    ids=["huge", "html", "no-fields", "deep", "compressed", "long-etag", "odd-etag", "no-content"],
)
async def test_an_answer_that_is_no_profile_writes_nothing_and_is_tried_again(
    world: World, fault: tuple[str, Fault]
) -> None:
    world.faults.then("GET", "cus-42", fault)
    await world.say("cus-42", ("contact_channel", "email"))
    world.start()
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}
    assert world.counted('amends_crm_pushes_total{result="later"}') == 1
    assert len(world.faults.writes("cus-42")) == 1


async def test_after_a_day_of_failing_a_push_is_parked(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    world.faults.then("PATCH", "cus-42", *[answering(500)] * 50)
    async with transaction(world.engine) as tx:
        await tx.execute(text("UPDATE crm_push SET failing_since = now() - interval '24 hours'"))
    world.start()
    await world.settled(**{"cus-42": "parked"})
    assert (await world.shown("cus-42"))["crm"]["reason"] == "server_error"


async def test_an_id_that_cannot_stand_in_a_url_is_parked_without_a_call(world: World) -> None:
    await world.say("..", ("contact_channel", "email"))
    world.start()
    await world.settled(**{"..": "parked"})
    assert world.faults.seen == []


async def test_two_pushers_never_push_one_customer_at_once(world: World) -> None:
    world.faults.slow = 0.02
    world.start(2, parallel=4)
    for number in range(30):
        await world.say(f"cus-{number % 3}", ("note", f"note {number}"))
    await world.settled()
    assert [(await world.fields(f"cus-{n}"))["note"] for n in range(3)] == ["note 27", "note 28", "note 29"]


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_the_crm_answers_it_ends_as_the_customers_want_it(world: World, seed: int) -> None:
    chance = random.Random(seed)
    script = [
        answering(500),
        answering(429, Retry_After="1"),
        answering(503),
        answering(409),
        answering(412),
        WRITES_THEN_HANGS,
        WRITES_THEN_RESETS,
        written_then(500),
        written_then(409),
        RESETS,
        HANGS,
    ]
    reads = [answering(500), answering(200, b"nonsense"), RESETS, HANGS]
    customers = [f"cus-{number}" for number in range(8)]
    for customer in customers:
        world.faults.then("PATCH", customer, *chance.sample(script, 3))
        world.faults.then("GET", customer, *chance.sample(reads, 1))
    world.start(2)
    wanted: dict[str, dict[str, Any]] = {customer: {} for customer in customers}
    for _ in range(40):
        customer, channel = chance.choice(customers), chance.choice(["phone", "sms", "email"])
        stop = chance.random() < 0.7
        await world.say(customer, ("contact_channel", channel), ("do_not_contact", channel, stop))
        wanted[customer] |= {"contact_channel": channel, f"do_not_contact_{channel}": stop}
        await asyncio.sleep(chance.random() * 0.05)
    await world.settled()
    assert {customer: await world.fields(customer) for customer in customers} == wanted, f"seed {seed}"
