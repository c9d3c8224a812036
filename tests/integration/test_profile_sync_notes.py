"""Notes in PostgreSQL are the same whatever the order, the batches and who applies them; and the API shows them."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from events.interaction import Interaction
from events.runtime import problem_details
from events.runtime.api_keys import Keyring, Scope, new_key
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from profile_sync import api
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.extract import extract, extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.core.merge import Book, merge, statuses
from profile_sync.core.preferences import NoteId, Status
from profile_sync.handler import NotePreferences
from profile_sync.store import notes
from profile_sync.telemetry import Telemetry
from support.until import until

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER, LATEST = ((START + timedelta(hours=hours)).isoformat() for hours in (1, 2))
USING = extractors(NO_ANSWERS)
TABLES = "response, note, crm_push, crm_field, announcement"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database_url, SCHEMA)
    await upgrade(made, SCHEMA, MIGRATIONS)
    yield made
    await made.dispose()


def answered(id_: str, *preferences: dict[str, Any], tenant: str = "default", **fields: Any) -> Event[SurveyResponse]:
    document = {
        "response_id": "r1",
        "customer_id": "cus-42",
        "instrument": "csat",
        "scale": "1-5",
        "value": 5,
        "submitted_at": START.isoformat(),
        "preferences": list(preferences),
    }
    return Event(id_, "/survey", tenant, START, START, SurveyResponse.model_validate(document | fields))


def wants(kind: str, value: str, **also: Any) -> dict[str, Any]:
    return {"kind": kind, "value": value, **also}


def telemetry() -> Telemetry:
    return Telemetry(CollectorRegistry())


async def apply(engine: AsyncEngine, events: Sequence[Event[Any]], shown: Telemetry | None = None) -> None:
    async with transaction(engine) as tx:
        await NotePreferences(USING, shown or telemetry())(tx, events)


async def stored(engine: AsyncEngine) -> dict[NoteId, Status]:
    async with transaction(engine) as tx:
        rows = await tx.execute(text("SELECT note_id, status FROM note"))
        return {row.note_id: Status(row.status) for row in rows}


def history(chance: random.Random) -> list[Event[SurveyResponse]]:
    """Few responses, customers, times and slots, so that they collide. One event is about one version."""
    events = []
    for number in range(chance.randint(3, 16)):
        said = [wants("language", chance.choice(["bn", "de"]))] if chance.random() < 0.6 else []
        if chance.random() < 0.5:
            said.append(wants("do_not_contact", chance.choice(["phone", "sms"]), stop=chance.random() < 0.5))
        events.append(
            answered(
                f"e{number}",
                *said,
                response_id=f"r{chance.randint(1, 3)}",
                revision=chance.randint(0, 3),
                customer_id=chance.choice(["cus-1", "cus-2", None]),
                status=chance.choice(["completed", "completed", "dismissed"]),
                submitted_at=(START + timedelta(hours=chance.randint(0, 2))).isoformat(),
            )
        )
    return events


async def test_any_order_in_any_batches_is_stored_the_same(engine: AsyncEngine) -> None:
    for seed in range(40):
        chance = random.Random(seed)
        events = history(chance)
        expected = statuses(merge(Book(), [extract(event, USING).report for event in events]), datetime.now(UTC))
        arrivals = chance.sample(events, len(events)) + chance.choices(events, k=3)
        async with transaction(engine) as tx:
            await tx.execute(text(f"TRUNCATE {TABLES}"))
        while arrivals:
            size = chance.randint(1, 6)
            await apply(engine, arrivals[:size])
            arrivals = arrivals[size:]
        assert await stored(engine) == expected, f"seed {seed}"


async def test_two_members_at_the_same_responses_and_customers_agree(engine: AsyncEngine) -> None:
    """A response that moves to another customer moves to another partition, so two members may hold it at once."""
    for seed in range(15):
        chance = random.Random(seed)
        events = history(chance)
        expected = statuses(merge(Book(), [extract(event, USING).report for event in events]), datetime.now(UTC))
        async with transaction(engine) as tx:
            await tx.execute(text(f"TRUNCATE {TABLES}"))
        halves = [events[::2], events[1::2]]
        await asyncio.gather(*(_one_by_one(engine, chance.sample(half, len(half))) for half in halves))
        assert await stored(engine) == expected, f"seed {seed}"


@pytest.mark.parametrize(
    ("said_before", "first", "second"),
    [
        ([], {"revision": 3, "customer_id": "cus-1"}, {"revision": 2, "customer_id": "cus-2"}),
        (
            [wants("language", "fr")],
            {"response_id": "r2", "submitted_at": LATEST},
            {"response_id": "r3", "submitted_at": LATER},
        ),
    ],
    ids=["one response", "one customer"],
)
async def test_who_comes_second_waits_and_sees_what_the_first_one_did(
    engine: AsyncEngine, said_before: list[Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    events = [
        answered("e0", *said_before, revision=1),
        answered("e1", wants("language", "bn"), **first),
        answered("e2", wants("language", "de"), **second),
    ]
    await apply(engine, events[:1])
    async with transaction(engine) as tx:
        await notes.load(tx, [extract(events[1], USING).report])
        waiting = asyncio.create_task(apply(engine, events[2:]))
        await until(lambda: _blocked(engine), "the second one waits for the first")
        await NotePreferences(USING, telemetry())(tx, events[1:2])
    await waiting
    assert await stored(engine) == statuses(
        merge(Book(), [extract(event, USING).report for event in events]), datetime.now(UTC)
    )


async def _blocked(engine: AsyncEngine) -> bool:
    async with transaction(engine) as tx:
        return bool(await tx.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def _one_by_one(engine: AsyncEngine, events: Sequence[Event[Any]]) -> None:
    for event in events:
        await apply(engine, [event])


async def test_a_push_is_asked_for_only_where_what_is_wanted_changed(engine: AsyncEngine) -> None:
    async def version() -> int:
        async with transaction(engine) as tx:
            return int(await tx.scalar(text("SELECT version FROM crm_push WHERE customer_id = 'cus-42'")) or 0)

    await apply(engine, [answered("e1", wants("language", "bn"), submitted_at=LATER)])
    assert await version() == 1
    await apply(engine, [answered("e1", wants("language", "bn"), submitted_at=LATER)])
    await apply(engine, [answered("e2", wants("language", "de"), response_id="r0")])  # said earlier, heard later
    await apply(engine, [answered("e3", response_id="r2")])
    assert await version() == 1
    await apply(engine, [answered("e4", response_id="r1", revision=1)])  # says it no longer: the earlier word holds
    assert await version() == 2


async def test_what_is_no_preference_of_a_known_customer_leaves_no_note_and_is_counted(engine: AsyncEngine) -> None:
    registry = CollectorRegistry()
    contact = Interaction.model_validate({"interaction_id": "i", "channel": "phone", "offered_at": START})
    events = [
        Event("i1", "/pbx", "default", START, START, contact),
        answered("e1", wants("note", "Ring twice."), customer_id=None),
        answered("e2", response_id="r2"),
    ]
    await apply(engine, events, Telemetry(registry))
    assert await stored(engine) == {}
    lines = generate_latest(registry).decode().splitlines()
    assert 'amends_preferences_skipped_total{reason="no_customer"} 1.0' in lines
    assert 'amends_preferences_noted_total{kind="note"} 0.0' in lines


def client(engine: AsyncEngine, *scopes: Scope, tenant: str = "default") -> httpx.AsyncClient:
    key = new_key(scopes, tenant=tenant)
    app = FastAPI()
    problem_details.install(app)
    app.include_router(api.router(engine, Keyring((key.kept,))))
    headers = {"Authorization": f"Bearer {key.secret}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x", headers=headers)


async def test_each_tenant_sees_its_own(engine: AsyncEngine) -> None:
    await apply(
        engine, [answered("e1", wants("language", "bn")), answered("e1", wants("language", "de"), tenant="acme")]
    )
    for tenant, language in (("default", "bn"), ("acme", "de"), ("other", None)):
        async with client(engine, "preferences:read", tenant=tenant) as http:
            shown = (await http.get("/v1/customers/cus-42/preferences")).json()
            counts = (await http.get("/v1/summary")).json()
        assert [p["value"] for p in shown["preferences"]] == ([language] if language else [])
        assert counts["active_notes"] == ({"language": 1} if language else {})


async def test_the_summary_counts(engine: AsyncEngine) -> None:
    await apply(engine, [answered("e1", wants("language", "bn"), wants("do_not_contact", "sms"))])
    async with client(engine, "preferences:read") as http:
        counts = (await http.get("/v1/summary")).json()
    assert counts == {
        "customers": 1,
        "active_notes": {"do_not_contact": 1, "language": 1},
        "pushes": {"pending": 1, "done": 0, "yielded": 0, "parked": 0},
        "parked": {},
        "fields_written": 0,
        "fields_yielded": 0,
        "paused_until": None,
        "pause_reason": None,
    }


async def test_who_may_not_ask_is_refused(engine: AsyncEngine) -> None:
    async with client(engine, "metrics:read") as http:
        assert (await http.get("/v1/summary")).status_code == 403
        refused = await http.get("/v1/customers/cus-42/preferences", headers={"Authorization": "Bearer nonsense"})
        assert refused.status_code == 401
        assert refused.headers["Content-Type"] == "application/problem+json"
    async with client(engine, "preferences:read") as http:
        odd = await http.get("/v1/customers/sam@example.org/preferences")
        assert odd.status_code == 422
        assert "sam@" not in odd.text


async def test_a_customer_who_said_nothing_has_empty_lists(engine: AsyncEngine) -> None:
    async with client(engine, "preferences:read") as http:
        shown = (await http.get("/v1/customers/nobody/preferences")).json()
    assert (shown["preferences"], shown["proposed"], shown["history"], shown["crm"]) == ([], [], [], None)
    assert shown["consent"]["in_force"]
