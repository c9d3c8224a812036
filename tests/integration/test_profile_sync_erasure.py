"""A customer who asked to be forgotten: profile-sync keeps nothing of them but a digest, whatever comes when."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.customer import CustomerErased
from events.envelope import Event
from events.interaction import Interaction
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.extract import extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.core.preferences import Customer
from profile_sync.handler import NotePreferences
from profile_sync.store import consent
from profile_sync.telemetry import Telemetry
from support.rows import whole

WHO = "cus-canary"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORDS = "canary: please speak to me in Bengali only"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database_url, SCHEMA, pool_size=8)
    await upgrade(made, SCHEMA, MIGRATIONS)
    yield made
    await made.dispose()


async def apply(engine: AsyncEngine, *events: Event[Any]) -> None:
    async with transaction(engine) as tx:
        await NotePreferences(extractors(NO_ANSWERS), Telemetry(CollectorRegistry()))(tx, events)


def told(id_: str, data: Any) -> Event[Any]:
    return Event(id_, "/test", "default", START, START, data)


def answer(id_: str = "r1", *, customer_id: str | None = WHO, **fields: Any) -> Event[Any]:
    document = {
        "response_id": id_, "customer_id": customer_id, "instrument": "csat", "scale": "1-5", "value": 5,
        "comment": WORDS, "submitted_at": START.isoformat(),
        "preferences": [{"kind": "note", "value": "canary: ring twice"}],
    }  # fmt: skip
    return told(f"e-{id_}", SurveyResponse.model_validate(document | fields))


def contact(number: int = 1, customer_id: str = WHO) -> Event[Any]:
    data = Interaction(interaction_id=f"i-{number}", channel="chat", customer_id=customer_id, offered_at=START)
    return told(f"c-{number}", data)


def forgotten(customer_id: str = WHO) -> Event[Any]:
    return told(f"x-{customer_id}", CustomerErased(customer_id=customer_id, requested_at=START))


async def left(engine: AsyncEngine) -> dict[str, str]:
    """The tables that hold anything of them. A customer whose fields in the CRM are to be cleared is one of them."""
    return {table: rows for table, rows in (await whole(engine, SCHEMA)).items() if "canary" in rows}


async def test_only_what_the_pusher_needs_to_clear_the_crm_is_left(engine: AsyncEngine) -> None:
    await apply(engine, answer(), *(contact(number) for number in range(4)))
    async with transaction(engine) as tx:
        await consent.set_allowed(tx, Customer("default", WHO), False, "Dana")
        await tx.execute(
            text(
                "INSERT INTO sweep (tenant, purpose, rate_per_second, asked_by, after)"
                " VALUES ('default', 'reconcile', 1, 'Dana', :who)"
            ),
            {"who": WHO},
        )
    before = await left(engine)
    assert before.keys() >= {"announcement", "consent", "contact", "crm_push", "note", "response", "sweep"}
    await apply(engine, forgotten())
    assert (await left(engine)).keys() == {"crm_push"}
    async with transaction(engine) as tx:
        (row,) = (await tx.execute(text("SELECT erasing, state, due_at <= now() AS due FROM crm_push"))).all()
    assert tuple(row) == (True, "pending", True)


async def test_in_whatever_order_and_batches_it_comes_nothing_comes_back(engine: AsyncEngine) -> None:
    events = [answer(), contact(1), answer("r2", customer_id=None, interaction_id="i-1"), forgotten()]
    for number, order in enumerate(permutations(events)):
        async with transaction(engine) as tx:
            await tx.execute(
                text(
                    "TRUNCATE response, note, crm_push, announcement, contact, unclaimed,"
                    " erased_contact, erased_customer"
                )
            )
        for batch in [order] if number % 2 else [[each] for each in order]:
            await apply(engine, *batch)
        assert (await left(engine)).keys() <= {"crm_push"}, [each.id for each in order]


async def test_batches_that_are_under_way_meanwhile_leave_nothing_behind(engine: AsyncEngine) -> None:
    for number in range(15):
        who = f"{WHO}-{number}"
        said = [answer(f"r{number}-{each}", customer_id=who) for each in range(3)]
        await asyncio.gather(
            apply(engine, said[0], contact(number, who)), apply(engine, forgotten(who)), apply(engine, *said[1:])
        )
        assert who not in "".join(rows for table, rows in (await left(engine)).items() if table != "crm_push")


async def test_everybody_else_is_as_they_were(engine: AsyncEngine) -> None:
    await apply(engine, answer(customer_id="cus-2"), answer("r9"), contact(2, "cus-2"))
    before = {table: rows for table, rows in (await whole(engine, SCHEMA)).items() if "cus-2" in rows}
    await apply(engine, forgotten())
    after = await whole(engine, SCHEMA)
    assert {table for table, rows in after.items() if "cus-2" in rows} == before.keys()
