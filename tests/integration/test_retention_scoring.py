"""What scoring deletes when it was kept long enough, and what stays; on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from scoring.core.retention import Retention
from scoring.store.retention import rules
from support.metrics import scoring_database
from support.plans import scans
from support.pruning import pruned

YEAR = timedelta(days=365)
OLD = "now() - interval '402 days'"
ROWS = (
    "INSERT INTO dimension (tenant, kind, key) VALUES ('default', 'agent', 'a-1'), ('default', 'team', 'billing'),"
    " ('other', 'agent', 'unattributed')",
    "INSERT INTO contacts_pane (dimension, grain, start, shard) SELECT d.id, grain,"
    " (extract(epoch FROM date_trunc('day', now(), 'UTC')) / 60)::int - 1440 * ago, 0"
    " FROM dimension d, generate_series(0, 2) grain, unnest('{8,10,99,101,1094,1096}'::int[]) ago",
    "INSERT INTO fact (tenant, id, state, generation, changed_at) VALUES ('default', 'customer/x', '', 0, '-infinity')",
    *(
        "INSERT INTO award (tenant, award_id, rule, title, period, starts, ends, dimension, key, score, shared, parts,"
        f" figures) VALUES ('default', '{name}', 'r', 't', 'day', {at}, {at}, 'agent', 'a-1', 1, false, '{{}}', '{{}}')"
        for name, at in (("old", OLD), ("new", "now()"))
    ),
    f"INSERT INTO award_round VALUES ('default', 'r', {OLD})",
    *(
        "INSERT INTO scorecard (tenant, dimension, key, span, digest, told_at)"
        f" VALUES ('default', 'agent', '{name}', 'week', '', {at})"
        for name, at in (("old", OLD), ("new", "now()"))
    ),
    *(
        "INSERT INTO digest_delivery (tenant, digest, destination, first, end_day, state, created_at)"
        f" VALUES ('default', 'd', '{name}', now(), now(), '{state}', {at})"
        for name, state, at in (("sent", "sent", OLD), ("waits", "due", OLD), ("new", "sent", "now()"))
    ),
)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as engine:
        async with transaction(engine) as tx:
            for statement in ROWS:
                await tx.exec_driver_sql(statement)
        yield engine


async def days(engine: AsyncEngine, kind: str, grain: int, tenant: str = "default") -> list[int]:
    """How many days ago the sums are of that are left."""
    async with transaction(engine) as tx:
        found = await tx.scalars(
            text(
                "SELECT ((extract(epoch FROM date_trunc('day', now(), 'UTC')) / 60)::int - start) / 1440"
                " FROM contacts_pane p JOIN dimension d ON d.id = p.dimension"
                " WHERE kind = :kind AND grain = :grain AND tenant = :tenant ORDER BY 1"
            ),
            {"kind": kind, "grain": grain, "tenant": tenant},
        )
        return list(found)


async def test_minutes_and_hours_go_and_days_stay_but_those_of_single_agents(engine: AsyncEngine) -> None:
    await pruned(engine, agents=3 * YEAR)
    for kind, wanted in (("team", [8, 10, 99, 101, 1094, 1096]), ("agent", [8, 10, 99, 101, 1094])):
        assert await days(engine, kind, 0) == [8]
        assert await days(engine, kind, 1) == [8, 10, 99]
        assert await days(engine, kind, 2) == wanted
    await pruned(engine, agents=None)
    assert await days(engine, "agent", 2) == [8, 10, 99, 101, 1094]
    assert await days(engine, "agent", 2, "other") == [8, 10, 99, 101, 1094, 1096]  # of nobody


def test_the_days_of_agents_are_kept_for_as_long_as_what_may_change_them() -> None:
    for asked, kept in ((100, 401), (500, 500)):
        days = [rule.age for rule in rules(Retention(), YEAR, timedelta(days=asked)) if rule.table == "contacts_pane"]
        assert days[-1] == timedelta(days=kept)
    assert [rule.age for rule in rules(Retention(), YEAR, None) if rule.table == "contacts_pane"][-1] is None


async def test_awards_scorecards_and_what_was_sent_go_with_the_facts_they_rest_on(engine: AsyncEngine) -> None:
    await pruned(engine)
    async with transaction(engine) as tx:
        for what, left in (
            ("award_id FROM award", ["new"]),
            ("rule FROM award_round", ["r"]),  # or it would be awarded once more
            ("key FROM scorecard", ["new"]),
            ("destination FROM digest_delivery", ["new", "waits"]),
            ("id FROM fact", ["customer/x"]),  # who was erased
        ):
            assert list(await tx.scalars(text(f"SELECT {what} ORDER BY 1"))) == left


async def test_no_step_reads_a_large_table_whole(engine: AsyncEngine) -> None:
    async with scans(engine) as found:
        await pruned(engine, agents=3 * YEAR)
    assert found <= {"award", "scorecard", "digest_delivery"}, "these are small"
