"""What profile-sync and ingest delete when it was kept long enough; on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.runtime.retention import Pruner
from ingest.store import retention as of_ingest
from ingest.store import schema as ingest_schema
from profile_sync import noting
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.preferences import Customer, Note, Report, ResponseId, Said, Slot, Stamp, Value
from profile_sync.store import retention
from support.plans import scans

DAY = timedelta(days=1)
ADD = """
    INSERT INTO note (tenant, source, event_id, kind, customer_id, response_id, version, value, extractor, stated_at,
        recorded_at, status, note_id, status_at, decided_at, decision)
    VALUES ('default', '/s', 'e', 'language', 'c', :id, 1, '"de"', 'x/1', now() - CAST(:said AS interval), now(),
        :status, :id, now() - CAST(:ago AS interval), now() - CAST(:decided AS interval), :decision)
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
    engine: AsyncEngine,
    id_: str,
    days: int,
    status: str = "superseded",
    decided: int | None = None,
    *,
    said: int = 0,
    decision: str | None = None,
) -> None:
    """One that has stood like this for so many days."""
    decided_ago = None if decided is None else decided * DAY
    values = {"status": status, "decided": decided_ago, "decision": decision, "said": (said or days) * DAY}
    async with transaction(engine) as tx:
        await tx.execute(text(ADD), {"id": id_, "ago": days * DAY, **values})


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
    await Pruner(engine, rules, CollectorRegistry()).look(asyncio.Event())


async def left(engine: AsyncEngine, what: str) -> list[Any]:
    async with transaction(engine) as tx:
        return list(await tx.scalars(text(f"SELECT {what} ORDER BY 1")))


async def test_what_no_longer_holds_goes_with_its_response_and_what_holds_stays(engine: AsyncEngine) -> None:
    for id_, days, status, decided in (
        ("holds", 700, "active", None),
        ("doubtful", 701, "proposed", None),
        ("older", 731, "superseded", None),
        ("rejected", 2000, "retracted", 729),
        ("rejected-long-ago", 2000, "retracted", 731),
        ("younger", 729, "expired", None),
    ):
        await note(engine, id_, days, status, decided, decision="rejected" if decided else None)
        await response(engine, id_, 2000)
    await response(engine, "said-nothing", 731)
    await response(engine, "said-nothing-lately", 729)
    await keep(engine)
    stays = ["doubtful", "holds", "rejected", "younger"]
    assert await left(engine, "note_id FROM note") == stays
    assert await left(engine, "response_id FROM response") == sorted([*stays, "said-nothing-lately"])


@pytest.mark.parametrize(
    ("value", "said", "decision", "stays"),
    [
        ("en", 801, None, True),  # retracted, it keeps what was said before it from holding again
        ("de", 799, None, True),  # it makes sure what alone would not be
        ("en", 799, None, False),
        ("en", 801, "rejected", False),
    ],
)
async def test_what_still_decides_whether_another_holds_stays_with_it(
    engine: AsyncEngine, value: str, said: int, decision: str | None, stays: bool
) -> None:
    await note(engine, "past", 731, "retracted", said=800, decision=decision)
    await note(engine, "holds", 1, "active", said=said)
    for id_ in ("past", "holds"):
        await response(engine, id_, 2000)
    async with transaction(engine) as tx:
        await tx.execute(
            text("UPDATE note SET confidence = 0.7, value = to_jsonb(CAST(:value AS text)) WHERE note_id = 'holds'"),
            {"value": value},
        )
    await keep(engine)
    assert ("past" in await left(engine, "note_id FROM note")) == stays
    async with transaction(engine) as tx:  # a newer report of its response: it is not heard any more
        await tx.execute(text("UPDATE response SET version = 2 WHERE response_id = 'past'"))
    await keep(engine)
    assert "past" not in await left(engine, "note_id FROM note")


NOW = datetime.now(UTC)
STOP, LANGUAGE = Slot("do_not_contact", "phone"), Slot("language")


def report(id_: str, version: int, days: int, slot: Slot | None, value: Value = None) -> Report:
    """Of so many days ago."""
    response, stamp, at = ResponseId("default", "/s", id_), Stamp(version, f"e-{id_}-{version}"), NOW - days * DAY
    said = [] if slot is None else [Said(slot, value, "stated/1")]
    notes = tuple(Note(response, stamp, Customer("default", "c"), each, at, at) for each in said)
    return Report(response, stamp, at, notes)


async def hears(engine: AsyncEngine, *reports: Report) -> None:
    async with transaction(engine) as tx:
        await noting.note(tx, reports, [Customer("default", "c")])


async def long_ago(engine: AsyncEngine) -> None:
    """All that is known has been so for long."""
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE note SET status_at = now() - interval '1000 days'"))
        await tx.execute(text("UPDATE response SET told_at = now() - interval '1000 days'"))


async def test_what_held_until_today_is_kept_from_today_and_holds_again_if_it_must(engine: AsyncEngine) -> None:
    await hears(engine, report("old", 1, 1000, STOP, value=True))
    await long_ago(engine)
    await hears(engine, report("new", 1, 0, STOP, value=False))
    await keep(engine)
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE note SET decision = 'rejected', decided_at = now() WHERE response_id = 'new'"))
    await hears(engine)
    assert await left(engine, "response_id FROM note WHERE status = 'active'") == ["old"]


async def test_what_its_sender_withdrew_today_stays_withdrawn_when_an_older_report_is_read(engine: AsyncEngine) -> None:
    await hears(engine, report("r", 1, 1000, LANGUAGE, value="de"))
    await long_ago(engine)
    await hears(engine, report("r", 3, 0, None))
    for since in ("now()", "now() - interval '731 days'"):  # with its note, and without
        async with transaction(engine) as tx:
            await tx.execute(text(f"UPDATE note SET status_at = {since}"))
        await keep(engine)
        assert await left(engine, "version FROM response") == [3]
    assert await left(engine, "note_id FROM note") == []
    await hears(engine, report("r", 2, 5, LANGUAGE, value="de"))
    assert await left(engine, "note_id FROM note WHERE status = 'active'") == []


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
            await Pruner(engine, of_ingest.RULES, CollectorRegistry()).look(asyncio.Event())
        assert await left(engine, "id FROM enrichment") == ["parked89", "waiting89", "waiting91"]
        assert found == set()
    finally:
        await engine.dispose()
