"""A table that cannot be cleaned keeps no other from it, and ends no service; on a real PostgreSQL."""

import asyncio
from datetime import timedelta

from prometheus_client import CollectorRegistry
from sqlalchemy import text

from events.runtime import retention
from events.runtime.database import create_engine, transaction
from events.runtime.old_rows import rows
from events.runtime.retention import Pruner, Rule

DAY = timedelta(days=1)
TABLES = (
    "CREATE SCHEMA kept",
    "CREATE TABLE held (id int PRIMARY KEY, at timestamptz DEFAULT now() - interval '2 days')",
    "CREATE TABLE spare (LIKE held INCLUDING ALL)",
    "CREATE TABLE of_yours (id int REFERENCES held)",
    *(f"INSERT INTO {table} VALUES (1)" for table in ("held", "spare", "of_yours")),
)


async def test_what_one_table_refuses_is_said_and_the_others_are_done(database_url: str) -> None:
    engine = create_engine(database_url, "kept")
    try:
        async with transaction(engine) as tx:
            for statement in TABLES:
                await tx.execute(text(statement))
        registry = CollectorRegistry()
        rules = [Rule(table, DAY, rows(table, "at")) for table in ("held", "missing", "spare")]
        stop = asyncio.Event()
        done = "amends_retention_done_timestamp_seconds"
        job = asyncio.create_task(Pruner(engine, rules, registry).run(stop))
        began = registry.get_sample_value(done)
        async with asyncio.timeout(10):
            while not registry.get_sample_value("amends_retention_deleted_total", {"table": "spare"}):
                await asyncio.sleep(0.05)
        assert not job.done()
        assert registry.get_sample_value(done) == began, "the round is not whole"
        async with transaction(engine) as tx:
            await tx.execute(text("DROP TABLE of_yours"))
        whole = Pruner(engine, [rules[0]], registry := CollectorRegistry())
        began = registry.get_sample_value(done)
        assert await whole.look(stop) == retention.EVERY_SECONDS
        assert registry.get_sample_value(done) > began
        stop.set()
        await job
    finally:
        await engine.dispose()


async def test_where_the_database_is_away_it_is_asked_again_in_a_minute() -> None:
    engine = create_engine("postgresql://nobody@127.0.0.1:1/none", "kept")
    waits = Pruner(engine, [Rule("held", DAY, rows("held", "at"))], CollectorRegistry())
    assert await waits.look(asyncio.Event()) == retention.AGAIN_SECONDS
    await engine.dispose()
