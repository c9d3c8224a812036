"""Migrations while the version before works: nobody waits in a circle with them, nor long. On a real PostgreSQL."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.store.schema import MIGRATIONS as OF_ALERTING
from events.runtime.database import create_engine
from events.runtime.migrate import upgrade
from ingest.store.schema import MIGRATIONS as OF_INGEST
from profile_sync.app import MIGRATIONS as OF_PROFILE_SYNC
from scoring.app import MIGRATIONS as OF_SCORING

CONTACT, CASE = "UPDATE contact SET version = version + 1", "UPDATE recovery_case SET version = version"
RESPONSE, NOTE = "UPDATE response SET version = version + 1", "UPDATE note SET version = version"
CUSTOMER = "UPDATE crm_push SET version = version"


CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text().split("\n## ")[1]
ADD = "ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} timestamptz NOT NULL DEFAULT now()"


def released(migrations: Path, last: str, folder: Path) -> Path:
    """The migrations up to that one."""
    (folder / "versions").mkdir(parents=True)
    for each in (migrations / "versions").glob("0*.py"):
        if each.name[:4] <= last:
            (folder / "versions" / each.name).write_text(each.read_text())
    return folder


@pytest.fixture
async def handler(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url, server_settings={"lock_timeout": "10s"})
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("schema", "migrations", "last", "order"),
    [
        ("alerting", OF_ALERTING, "0010", (CONTACT, CASE)),
        ("alerting", OF_ALERTING, "0010", (CASE, CONTACT)),
        ("profile_sync", OF_PROFILE_SYNC, "0002", (RESPONSE, CUSTOMER, NOTE)),
        ("profile_sync", OF_PROFILE_SYNC, "0002", (CUSTOMER, RESPONSE)),
    ],
)
async def test_whoever_is_at_work_ends_it_and_then_the_schema_changes(
    schema: str,
    migrations: Path,
    last: str,
    order: tuple[str, ...],
    database_url: str,
    tmp_path: Path,
    handler: asyncpg.Connection,
) -> None:
    engine: AsyncEngine = create_engine(database_url, schema)
    try:
        await upgrade(engine, schema, released(migrations, last, tmp_path / "old"))
        await handler.execute(f"SET search_path = {schema}")
        async with handler.transaction():
            await handler.execute(order[0])
            migrating = asyncio.create_task(upgrade(engine, schema, migrations))
            await asyncio.sleep(0.4)  # it waits for the first table by now
            for statement in order[1:]:
                await handler.execute(statement)
            assert not migrating.done()
        await migrating
        assert await handler.fetchval("SHOW lock_timeout") == "10s"
    finally:
        await engine.dispose()


@pytest.mark.parametrize(
    ("schema", "migrations", "last"),
    [
        ("alerting", OF_ALERTING, "0010"),
        ("profile_sync", OF_PROFILE_SYNC, "0002"),
        ("ingest", OF_INGEST, "0003"),
        ("scoring", OF_SCORING, "0004"),
    ],
)
async def test_what_the_changelog_has_one_make_before_leaves_no_index_to_the_migration(
    schema: str, migrations: Path, last: str, tmp_path: Path, handler: asyncpg.Connection, database_url: str
) -> None:
    engine: AsyncEngine = create_engine(database_url, schema)
    try:
        await upgrade(engine, schema, released(migrations, last, tmp_path / "old"))
        await handler.execute(f"SET search_path = {schema}")
        tables = await handler.fetchval("SELECT array_agg(tablename) FROM pg_tables WHERE schemaname = $1", schema)
        for column, table in re.findall(rf"`(\w+)` of\s+{schema}\.(\w+)", CHANGELOG):
            await handler.execute(ADD.format(table, column))
        its_own = re.split(r"in\s+(?:schema\s+)?(alerting|profile_sync|ingest|scoring):", CHANGELOG)
        for index in re.findall(r"`(\w+\s+ON\s[^`]+)`", its_own[its_own.index(schema) + 1]):
            await handler.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index}")
        indexes = "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = ANY($1::regclass[]) ORDER BY 1"
        before = await handler.fetch(indexes, tables)
        await upgrade(engine, schema, migrations)
        assert await handler.fetch(indexes, tables) == before
    finally:
        await engine.dispose()
