"""What a step of retention reads is bounded by what it looks at, not by what stays; on a real PostgreSQL.

In each table 20,000 old rows that must stay lie before 100 that go, all of one moment, as after an upgrade.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.store import retention as of_alerting
from alerting.store import schema as alerting
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.runtime.retention import ROUNDS, Place, Pruner, Rule, Step
from ingest.store import retention as of_ingest
from ingest.store import schema as ingest
from profile_sync import app as profile_sync
from profile_sync.store import retention as of_profile_sync
from scoring import app as scoring
from scoring.core import facts
from scoring.core.facts.contact import Contact
from scoring.core.retention import Retention
from scoring.store import retention as of_scoring

DAY = timedelta(days=1)
STAY, GO, AT_ONCE = 20_000, 100, 200
MOST_READ = 6 * AT_ONCE
"""Each row that is looked at, what it refers to, and once more what goes."""
SAID = (
    "INSERT INTO note (tenant, source, event_id, kind, customer_id, response_id, version, value, extractor,"
    " recorded_at, note_id, status, stated_at, status_at)"
    " SELECT 'default', '/s', 'e', 'language', 'c-' || n, 'r-' || to_char(n, 'FM000000'), 1, '\"de\"', 'x/1', now(), "
)

ROWS = {
    "alerting": (
        "ALTER TABLE recovery_case DISABLE TRIGGER USER",
        "INSERT INTO recovery_case (id, tenant, interaction_id, reason, event_id, answer_kind, answer_id, accepted_at,"
        " state, closed_at, outcome, dismissal, contact_due_at, claim_due_at)"
        " SELECT gen_random_uuid(), 'default', 'call-' || n, 'low_score', 'e', 'survey', 'r-' || n, now(), 'closed',"
        " now() - interval '500 days', 'dismissed', 'x', now(), now() FROM generate_series(1, {stay}) n",
        "INSERT INTO contact (tenant, interaction_id, first_at) SELECT 'default',"
        " CASE WHEN n > {stay} THEN 'spare-' ELSE 'call-' END || n, now() - interval '401 days'"
        " FROM generate_series(1, {stay} + {go}) n",
        "INSERT INTO assessment (tenant, kind, answer_id, case_id, assessed_at)"
        " SELECT 'default', 'survey', 'r-' || n, c.id, now() - interval '401 days'"
        " FROM generate_series(1, {stay} + {go}) n LEFT JOIN recovery_case c ON c.answer_id = 'r-' || n",
    ),
    # Each customer who stays has a note that holds and a later one, withdrawn, that keeps it company.
    "profile_sync": (
        "INSERT INTO crm_push (tenant, customer_id)"
        " SELECT 'default', 'c-' || n FROM generate_series(1, {stay} + {go}) n",
        SAID + "'holds-' || n, 'active', now() - interval '800 days', now() FROM generate_series(1, {stay}) n",
        SAID + "'past-' || to_char(n, 'FM000000'), 'retracted', now() - interval '799 days',"
        " now() - interval '731 days' FROM generate_series(1, {stay} + {go}) n",
        "INSERT INTO response (tenant, source, response_id, version, event_id, told_at) SELECT 'default', '/s',"
        " 'r-' || to_char(n, 'FM000000'), 1, 'e', now() - interval '731 days'"
        " FROM generate_series(1, {stay} + {go}) n",
    ),
    "ingest": (
        "INSERT INTO enrichment (tenant, source, id, reference, seen_at, received_at, state) SELECT 'default', '/s',"
        " 'i-' || n, '{{}}', now(), now() - interval '1 day' * CASE WHEN n > {stay} THEN 91 ELSE 89 END, 'parked'"
        " FROM generate_series(1, {stay} + {go}) n",
    ),
    # Days among minutes and hours; marks of who was erased among facts.
    "scoring": (
        "INSERT INTO dimension (tenant, kind, key)"
        " SELECT 'default', 'agent', 'a-' || n FROM generate_series(1, {go}) n",
        "INSERT INTO contacts_pane (dimension, grain, start, shard) SELECT d.id, 2, day * 1440, 0"
        " FROM dimension d, generate_series(1, {stay} / {go}) day",
        "INSERT INTO contacts_pane (dimension, grain, start, shard) SELECT id, 0, 1440, 0 FROM dimension",
        "INSERT INTO fact (tenant, id, state, generation, changed_at, last_at) SELECT 'default',"
        " CASE WHEN n > {stay} THEN 'interaction/' ELSE 'customer/' END || n, '\\x{state}'::bytea, 0,"
        " now() - interval '500 days', CASE WHEN n > {stay} THEN now() END FROM generate_series(1, {stay} + {go}) n",
    ),
}
PARTS: dict[str, tuple[Path, Sequence[Rule], set[str]]] = {
    "alerting": (alerting.MIGRATIONS, of_alerting.rules(730 * DAY, 400 * DAY, 1095 * DAY), {"contact", "assessment"}),
    "profile_sync": (profile_sync.MIGRATIONS, of_profile_sync.rules(730 * DAY, 1095 * DAY), {"note", "response"}),
    "ingest": (ingest.MIGRATIONS, of_ingest.RULES, {"enrichment"}),
    "scoring": (scoring.MIGRATIONS, of_scoring.rules(Retention(), 90 * DAY, None), {"contacts_pane", "fact"}),
}
READ = text("SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint FROM pg_stat_xact_user_tables")


async def fill(engine: AsyncEngine, statements: Sequence[str]) -> None:
    state = facts.dump(Contact()).hex()
    async with transaction(engine) as tx:
        for statement in statements:
            await tx.exec_driver_sql(statement.format(stay=STAY, go=GO, state=state))
        await tx.exec_driver_sql("ANALYZE")


async def steps(engine: AsyncEngine, rule: Rule) -> list[tuple[int, int]]:
    """Of a round's steps: how many rows went, and how many were read."""
    assert rule.age
    found: list[tuple[int, int]] = []
    following: Place | None = ()
    while following is not None:
        async with transaction(engine) as tx:
            before = await tx.scalar(READ)
            gone, following, _ = await rule.delete(tx, rule.age, AT_ONCE, following)
            found.append((gone, await tx.scalar(READ) - before))
    return found


class Counted:
    """A rule whose steps' reads are counted."""

    def __init__(self, rule: Rule) -> None:
        self._delete = rule.delete
        self.rule = rule._replace(delete=self)
        self.read = 0

    async def __call__(self, tx: AsyncConnection, age: timedelta, most: int, after: Place) -> Step:
        before = await tx.scalar(READ)
        step = await self._delete(tx, age, most, after)
        self.read += await tx.scalar(READ) - before
        return step


@pytest.mark.parametrize("schema", PARTS)
async def test_a_step_reads_no_more_than_it_looks_at_however_much_stays(schema: str, database_url: str) -> None:
    migrations, rules, tables = PARTS[schema]
    engine = create_engine(database_url, schema)
    try:
        await upgrade(engine, schema, migrations)
        await fill(engine, ROWS[schema])
        gone = dict.fromkeys(tables, 0)
        for rule in rules:
            if rule.age:
                for went, read in await steps(engine, rule):
                    assert read <= MOST_READ, rule.table
                    if went:
                        gone[rule.table] += went
        assert gone == dict.fromkeys(tables, GO)
        counted = [Counted(rule) for rule in rules]
        keeper = Pruner(engine, [each.rule for each in counted], CollectorRegistry())
        await keeper.look(asyncio.Event())
        once = [each.read for each in counted]
        await keeper.look(asyncio.Event())
        for each, before in zip(counted, once, strict=True):
            assert each.read - before <= MOST_READ, f"{each.rule.table}: what stays is looked at once a day"
    finally:
        await engine.dispose()


async def test_what_came_due_goes_at_once_and_what_nothing_keeps_any_more_within_a_day(database_url: str) -> None:
    migrations, rules, _ = PARTS["alerting"]
    engine = create_engine(database_url, "alerting")
    keeper = Pruner(engine, [rule for rule in rules if rule.table == "contact"], CollectorRegistry())
    old = "INSERT INTO contact (tenant, interaction_id, first_at) VALUES ('default', '{}', now() - interval '{} days')"
    case = ROWS["alerting"][1].format(stay=1)

    async def run(*statements: str) -> None:
        async with transaction(engine) as tx:
            for statement in statements:
                await tx.exec_driver_sql(statement)

    async def left() -> set[str]:
        await keeper.look(asyncio.Event())
        async with transaction(engine) as tx:
            return set(await tx.scalars(text("SELECT interaction_id FROM contact")))

    try:
        await upgrade(engine, "alerting", migrations)
        await run(ROWS["alerting"][0], case, old.format("call-1", 402), old.format("spare-1", 401))
        assert await left() == {"call-1"}
        await run(old.format("spare-2", 401), "DELETE FROM recovery_case")
        assert await left() == {"call-1"}
        for _ in range(ROUNDS - 2):
            assert await left() == {"call-1"}
        assert await left() == set()
    finally:
        await engine.dispose()
