"""What alerting deletes when it was kept long enough, and what it never does; on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.store import retention
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.runtime.retention import Pruner
from support.case_rows import add_answer, add_case, add_contact
from support.plans import scans

YEAR, DAY = timedelta(days=365), timedelta(days=1)
CLOSED = {"outcome": "recovered", "cause": "workflow", "ago": 3 * YEAR}
AROUND = (
    "INSERT INTO timeline (case_id, what) VALUES (:id, 'opened')",
    "INSERT INTO call_attempt (case_id, who, channel, result) VALUES (:id, 'Dana', 'phone', 'busy')",
    "INSERT INTO timer (case_id, kind, due_at) VALUES (:id, 'settle', now())",
    "INSERT INTO cause_choice (case_id, tenant, chosen) VALUES (:id, 'default', 'workflow')",
    "INSERT INTO lost_follow_up (case_id, who) VALUES (:id, 'Dana')",
    "INSERT INTO resurvey_request (case_id, episode) VALUES (:id, 1)",
    "INSERT INTO thread (tenant, subject, channel, ref) VALUES ('default', :id, 'slack', '{}')",
    "INSERT INTO notification (tenant, case_id, step, channel, dedup_key) VALUES ('default', :id, 'p1', 'w', :key)",
    "UPDATE contact SET case_id = :id, verdict = 'open' FROM recovery_case c"
    " WHERE c.id = :id AND contact.interaction_id = c.interaction_id",
)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    found = create_engine(database_url, SCHEMA)
    await upgrade(found, SCHEMA, MIGRATIONS)
    yield found
    await found.dispose()


def keeper(
    engine: AsyncEngine, *, cases: timedelta | None = 2 * YEAR, registry: CollectorRegistry | None = None
) -> Pruner:
    return Pruner(engine, retention.rules(cases, 400 * DAY, 3 * YEAR), registry or CollectorRegistry())


async def run(engine: AsyncEngine, *statements: str, **values: object) -> None:
    async with transaction(engine) as tx:
        for statement in statements:
            await tx.execute(text(statement), values)


async def told(engine: AsyncEngine) -> None:
    """The topic has heard of every case."""
    await run(engine, "DELETE FROM case_report")


async def whole(engine: AsyncEngine, closed_ago: timedelta) -> UUID:
    """A closed case with a row in every table that a case may have one in."""
    case = await add_case(engine, **CLOSED, closed_ago=closed_ago)
    await run(engine, *AROUND, id=case, key=f"{case}:p1")
    await told(engine)
    return case


async def where(engine: AsyncEngine, case: UUID) -> set[str]:
    """The tables that say anything of a case."""
    found = set()
    async with transaction(engine) as tx:
        tables = await tx.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": SCHEMA}
        )
        for table in list(tables):
            mentions = text(f"SELECT EXISTS (SELECT FROM {table} AS t WHERE CAST(t AS text) LIKE :id)")
            if await tx.scalar(mentions, {"id": f"%{case}%"}):
                found.add(table)
    return found


async def count(engine: AsyncEngine, table: str) -> int:
    async with transaction(engine) as tx:
        return int(await tx.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_a_case_goes_with_everything_that_belongs_to_it(engine: AsyncEngine) -> None:
    old, young = await whole(engine, 2 * YEAR + DAY), await whole(engine, 2 * YEAR - DAY)
    everywhere = await where(engine, young)
    assert len(everywhere) == len(AROUND) + 2, "a row in every table"
    # A message that told of both, and an incident that both belonged to.
    await run(
        engine,
        "UPDATE notification SET state = 'bundled', bundled_into = (SELECT id FROM notification WHERE case_id = :old)"
        " WHERE case_id = :young",
        "INSERT INTO incident (tenant, dimension, key, title, state, closed_at, closed_by)"
        " VALUES ('default', 'team', 'billing', 'x', 'closed', now() - interval '3 years', 'Dana')",
        "INSERT INTO incident_case SELECT incident.id, c.id FROM incident, recovery_case c",
        "INSERT INTO notification (tenant, incident_id, step, channel, dedup_key) SELECT 'default', id, 'i', 'w', 'i'"
        " FROM incident",
        old=old,
        young=young,
    )
    await keeper(engine).look(asyncio.Event())
    assert await where(engine, old) == set()
    assert await where(engine, young) == everywhere | {"incident_case"}
    assert await count(engine, "incident") == 1, "one of its cases is there yet"
    await keeper(engine, cases=YEAR).look(asyncio.Event())
    assert await where(engine, young) == set()
    tables = ("incident", "notification", "recovery_case", "assessment")
    assert [await count(engine, table) for table in tables] == [0, 0, 0, 0]


async def test_a_case_stays_that_is_not_closed_or_not_told_or_held_by_somebody(engine: AsyncEngine) -> None:
    await add_case(engine, ago=9 * YEAR)
    await told(engine)
    held = await whole(engine, 3 * YEAR)
    untold = await add_case(engine, **CLOSED, closed_ago=3 * YEAR)
    async with transaction(engine) as other:
        await other.execute(text("SELECT FROM recovery_case WHERE id = :id FOR NO KEY UPDATE"), {"id": held})
        await keeper(engine).look(asyncio.Event())
        assert await count(engine, "recovery_case") == 3
    await keeper(engine).look(asyncio.Event())
    assert (await where(engine, held), await count(engine, "recovery_case")) == (set(), 2)
    await told(engine)
    await keeper(engine).look(asyncio.Event())
    assert (await where(engine, untold), await count(engine, "recovery_case")) == (set(), 1)


async def test_contacts_and_answers_go_with_age_unless_a_case_rests_on_them(engine: AsyncEngine) -> None:
    case = await add_case(engine, ago=YEAR)
    await add_answer(engine)
    await run(engine, "UPDATE assessment SET case_id = :id WHERE case_id IS NULL", id=case)
    for _ in range(3):
        await add_contact(engine)
        await add_answer(engine)
    await run(
        engine,
        "UPDATE contact SET first_at = now() - interval '401 days'",
        "UPDATE assessment SET assessed_at = now() - interval '401 days'",
    )
    await add_contact(engine)
    await add_answer(engine)
    await keeper(engine).look(asyncio.Event())
    assert (await count(engine, "contact"), await count(engine, "assessment")) == (2, 3)


async def test_of_the_audit_log_nothing_younger_than_a_year_goes_whatever_the_setting(engine: AsyncEngine) -> None:
    add = "INSERT INTO audit_log (tenant, what, at) VALUES ('default', 'case.read', now() - CAST(:ago AS interval))"
    for ago in (YEAR - DAY, 2 * YEAR, 4 * YEAR):
        await run(engine, add, ago=ago)
    await keeper(engine).look(asyncio.Event())
    assert await count(engine, "audit_log") == 2
    with pytest.raises(DBAPIError, match="only ever added to"):
        await run(engine, "DELETE FROM audit_log")
    with pytest.raises(DBAPIError, match="only ever added to"):
        await run(engine, "UPDATE audit_log SET who = 'nobody' WHERE at < now() - interval '2 years'")
    with pytest.raises(DBAPIError, match="only ever added to"):
        await run(engine, "TRUNCATE audit_log")


async def test_a_note_that_was_taken_back_goes_once_no_older_word_of_it_can_come(engine: AsyncEngine) -> None:
    add = (
        "INSERT INTO noted_preference (tenant, note_id, revision, customer_id, preference)"
        " VALUES ('default', :id, 1, 'c', {})"
    )
    for note in ("holds", "back", "long-back"):
        await run(engine, add.format("'{}'"), id=note)
    await run(engine, "UPDATE noted_preference SET preference = NULL WHERE note_id <> 'holds'")
    await run(
        engine,
        "ALTER TABLE noted_preference DISABLE TRIGGER date_retraction",
        "UPDATE noted_preference SET retracted_at = now() - interval '101 days' WHERE note_id = 'long-back'",
    )
    await keeper(engine).look(asyncio.Event())
    async with transaction(engine) as tx:
        left = await tx.scalars(text("SELECT note_id FROM noted_preference ORDER BY 1"))
        assert list(left) == ["back", "holds"]


async def test_the_accounts_of_people_who_left_go_with_what_the_audit_log_says_of_them(engine: AsyncEngine) -> None:
    add = (
        "INSERT INTO account (tenant, name, role, login, issuer, subject, signed_in_at, disabled_at, created_at)"
        " SELECT 'default', :name, 'admin', CASE WHEN :own THEN :name END, CASE WHEN NOT :own THEN 'https://id' END,"
        " CASE WHEN NOT :own THEN :name END, now() - CAST(:came AS interval), now() - CAST(:left AS interval),"
        " now() - interval '9 years'"
    )
    for name, own, came, left in (
        ("works", True, 4 * YEAR, None),
        ("left", True, 4 * YEAR, 3 * YEAR + DAY),
        ("left-lately", True, 4 * YEAR, 3 * YEAR - DAY),
        ("comes-no-more", False, 3 * YEAR + DAY, None),
        ("never-came-in", False, None, None),
        ("came-lately", False, 3 * YEAR - DAY, None),
        ("shut-out", False, 4 * YEAR, 4 * YEAR),  # made anew at the next sign-in it would be let in
    ):
        await run(engine, add, name=name, own=own, came=came, left=left)
    async with transaction(engine) as tx:
        ids = {row.name: row.id for row in await tx.execute(text("SELECT name, id FROM account"))}
    await keeper(engine).look(asyncio.Event())
    async with transaction(engine) as tx:
        names = await tx.scalars(text("SELECT name FROM account ORDER BY 1"))
        assert list(names) == ["came-lately", "left-lately", "shut-out", "works"]
        told = (await tx.execute(text("SELECT tenant, who, what, object, detail FROM audit_log"))).all()
    assert {row[:3] for row in told} == {("default", None, "account.deleted")}
    assert {row.object for row in told} == {
        f"account:{ids[name]}" for name in ("left", "comes-no-more", "never-came-in")
    }
    assert "left" not in str(told), "neither name nor login"


MANY = """
    INSERT INTO recovery_case (tenant, interaction_id, reason, event_id, answer_kind, answer_id, accepted_at, state,
        closed_at, outcome, dismissal, contact_due_at, claim_due_at)
    SELECT 'default', 'call-' || n, 'low_score', 'e-' || n, 'survey', 'r-' || n, now(), 'closed',
        now() - interval '3 years', 'dismissed', 'x', now(), now() FROM generate_series(1, :n) n
"""


async def test_replicas_share_the_work_and_say_what_went(engine: AsyncEngine) -> None:
    await run(engine, MANY, n=2_100)
    await told(engine)
    registries = [CollectorRegistry(), CollectorRegistry()]
    await asyncio.gather(*(keeper(engine, registry=each).look(asyncio.Event()) for each in registries))
    assert await count(engine, "recovery_case") == 0
    gone = [each.get_sample_value("amends_retention_deleted_total", {"table": "recovery_case"}) for each in registries]
    assert sum(filter(None, gone)) == 2_100
    assert registries[0].get_sample_value("amends_retention_done_timestamp_seconds")


async def test_for_ever_is_for_ever_and_a_stop_ends_it_between_two_steps(engine: AsyncEngine) -> None:
    await run(engine, MANY, n=3)
    await told(engine)
    await keeper(engine, cases=None).look(asyncio.Event())
    stop = asyncio.Event()
    stop.set()
    await keeper(engine).look(stop)
    assert await count(engine, "recovery_case") == 3


async def test_no_step_reads_a_large_table_whole(engine: AsyncEngine) -> None:
    await whole(engine, 3 * YEAR)
    async with scans(engine) as found:
        await keeper(engine).look(asyncio.Event())
    assert found <= {"case_report", "incident", "incident_case", "account", "oncall_override", "oncall_link"}, (
        "these are small"
    )


async def test_whatever_refers_to_a_case_a_message_or_an_incident_is_found_by_an_index(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        unindexed = await tx.execute(
            text(
                "SELECT conrelid::regclass::text FROM pg_constraint c WHERE contype = 'f'"
                " AND confrelid IN ('recovery_case'::regclass, 'notification'::regclass, 'incident'::regclass)"
                " AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
            )
        )
        assert [row[0] for row in unindexed] == ["case_report"], "but for what the topic has yet to be told"
