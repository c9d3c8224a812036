"""What profile-sync and ingest delete when it was kept long enough; on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.runtime.retention import Retention
from ingest.store import retention as of_ingest
from ingest.store import schema as ingest_schema
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.store import retention
from support.plans import scans

DAY = timedelta(days=1)
ADD = """
    INSERT INTO note (tenant, source, event_id, kind, customer_id, response_id, version, value, extractor, stated_at,
        recorded_at, status, note_id, decided_at)
    VALUES ('default', '/s', 'e', 'language', 'c', :id, 1, '"de"', 'x/1', now(), now() - CAST(:ago AS interval),
        :status, :id, now() - CAST(:decided AS interval))
"""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    found = create_engine(database_url, SCHEMA)
    await upgrade(found, SCHEMA, MIGRATIONS)
    async with transaction(found) as tx:
        await tx.execute(text("INSERT INTO crm_push (tenant, customer_id) VALUES ('default', 'c')"))
    yield found
    await found.dispose()


async def note(
    engine: AsyncEngine, id_: str, days: int, status: str = "superseded", decided: int | None = None
) -> None:
    ago, decided_ago = days * DAY, None if decided is None else decided * DAY
    async with transaction(engine) as tx:
        await tx.execute(text(ADD), {"id": id_, "ago": ago, "status": status, "decided": decided_ago})


async def response(engine: AsyncEngine, id_: str, days: int) -> None:
    async with transaction(engine) as tx:
        await tx.execute(
            text(
                "INSERT INTO response (tenant, source, response_id, version, event_id, told_at)"
                " VALUES ('default', '/s', :id, 1, 'e', now() - CAST(:ago AS interval))"
            ),
            {"id": id_, "ago": days * DAY},
        )


async def keep(engine: AsyncEngine) -> None:
    rules = retention.rules(730 * DAY, 1095 * DAY)
    await Retention(engine, rules, CollectorRegistry()).look(asyncio.Event())


async def left(engine: AsyncEngine, what: str) -> list[Any]:
    async with transaction(engine) as tx:
        return list(await tx.scalars(text(f"SELECT {what} ORDER BY 1")))


async def test_what_no_longer_holds_goes_with_its_response_and_what_holds_stays(engine: AsyncEngine) -> None:
    for id_, days, status, decided in (
        ("holds", 2000, "active", None),
        ("doubtful", 2000, "proposed", None),
        ("older", 731, "superseded", None),
        ("rejected", 2000, "retracted", 729),
        ("rejected-long-ago", 2000, "retracted", 731),
        ("younger", 729, "expired", None),
    ):
        await note(engine, id_, days, status, decided)
        await response(engine, id_, 2000)
    await response(engine, "said-nothing", 731)
    await response(engine, "said-nothing-lately", 729)
    await keep(engine)
    stays = ["doubtful", "holds", "rejected", "younger"]
    assert await left(engine, "note_id FROM note") == stays
    assert await left(engine, "response_id FROM response") == sorted([*stays, "said-nothing-lately"])


async def test_a_customer_whom_somebody_works_on_is_passed_over(engine: AsyncEngine) -> None:
    await note(engine, "older", 731)
    async with transaction(engine) as other:
        await other.execute(text("SELECT FROM crm_push FOR UPDATE"))
        await keep(engine)
        assert await left(engine, "note_id FROM note") == ["older"]
    await keep(engine)
    assert await left(engine, "note_id FROM note") == []


async def test_what_is_known_of_the_erased_stays_and_the_contacts_they_had_go(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        for statement in (
            "INSERT INTO erased_customer VALUES ('default', 'x', now() - interval '20 years')",
            "INSERT INTO erased_contact VALUES ('default', 'lately', now() - interval '399 days')",
            "INSERT INTO erased_contact VALUES ('default', 'long ago', now() - interval '401 days')",
            "INSERT INTO consent VALUES ('default', 'c', false, 'Dana', now() - interval '20 years')",
            "INSERT INTO sweep (tenant, purpose, rate_per_second, asked_by, finished_at)"
            " SELECT 'default', 'reconcile', 1, 'x', now() - interval '1 day' * n FROM unnest('{399,401}'::int[]) n",
            "INSERT INTO audit_entry (tenant, actor, action, subject, at)"
            " SELECT 'default', 'x', 'x', 'x', now() - interval '1 day' * n FROM unnest('{1094,1096}'::int[]) n",
        ):
            await tx.execute(text(statement))
    await keep(engine)
    assert await left(engine, "interaction_id FROM erased_contact") == ["lately"]
    tables = ("erased_customer", "consent", "sweep", "audit_entry")
    assert [await left(engine, f"count(*) FROM {table}") for table in tables] == [[1], [1], [1], [1]]


async def test_no_step_reads_a_large_table_whole(engine: AsyncEngine) -> None:
    await note(engine, "older", 731)
    async with scans(engine) as found:
        await keep(engine)
    assert found <= {"sweep"}, "a few a year"


async def test_what_ingest_gave_up_to_fetch_goes_after_90_days(database_url: str) -> None:
    engine = create_engine(database_url, ingest_schema.SCHEMA)
    try:
        await upgrade(engine, ingest_schema.SCHEMA, ingest_schema.MIGRATIONS)
        async with transaction(engine) as tx:
            await tx.execute(
                text(
                    "INSERT INTO enrichment (tenant, source, id, reference, seen_at, received_at, state)"
                    " SELECT 'default', '/s', state || n, '{}', now(), now() - interval '1 day' * n, state"
                    " FROM unnest('{89,91}'::int[]) n, unnest('{parked,waiting}'::text[]) state"
                )
            )
        async with scans(engine) as found:
            await Retention(engine, of_ingest.RULES, CollectorRegistry()).look(asyncio.Event())
        assert await left(engine, "id FROM enrichment") == ["parked89", "waiting89", "waiting91"]
        assert found == {"enrichment"}, "by the index of what is parked"
    finally:
        await engine.dispose()
