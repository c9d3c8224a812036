"""A database that is slow, full up or taken away: waited for, never blamed on the data; nothing stays behind."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.envelope import Event
from events.runtime import database
from events.runtime.consume import Pace, consume
from events.runtime.database import PostgresLedger, create_engine, transaction
from events.runtime.dead_letters import DeadLetters
from events.runtime.errors import Stuck, Unavailable
from events.runtime.memory import MemoryBroker, MemoryPublisher, MemorySource
from events.runtime.stream import Partition
from events.runtime.telemetry import ConsumerTelemetry
from scoring.app import SCHEMA
from scoring.exporter import Exporter
from scoring.store.panes import Panes
from scoring.telemetry import MetricGauges
from support.happened import answered, event, record
from support.metrics import scoring_database
from support.until import until


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


async def test_a_pool_that_has_run_dry_is_waited_for(engine: AsyncEngine) -> None:
    engine.pool._timeout = 0.1  # type: ignore[attr-defined]
    taken = [await engine.connect() for _ in range(10)]
    with pytest.raises(Unavailable):
        async with transaction(engine):
            pass
    for connection in taken:
        await connection.close()


async def test_rights_taken_away_are_waited_for(engine: AsyncEngine) -> None:
    role = "amends_faults_test"
    async with transaction(engine) as tx:
        await tx.execute(text(f"DROP ROLE IF EXISTS {role}"))
        await tx.execute(text(f"CREATE ROLE {role}"))

    async def forbidden() -> None:
        async with transaction(engine) as tx:
            await tx.execute(text(f"SET LOCAL ROLE {role}"))
            await tx.execute(text("SELECT * FROM scoring.fact"))

    with pytest.raises(Unavailable):
        await forbidden()
    async with transaction(engine) as tx:
        await tx.execute(text(f"DROP ROLE {role}"))


async def test_a_backlog_of_old_inbox_entries_goes_in_steps(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FORGET_AT_ONCE", 10)
    async with transaction(engine) as tx:
        await tx.execute(
            text(
                "INSERT INTO inbox SELECT sha256(n::text::bytea), now() - make_interval(days => 20)"
                " FROM generate_series(1, 25) n"
            )
        )
        await tx.execute(text("INSERT INTO inbox VALUES ('new')"))
    assert await PostgresLedger(engine).forget() == 25
    async with transaction(engine) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM inbox")) == 1


class Failing(Exporter):
    async def snapshot(self, now: datetime) -> Any:
        raise Unavailable("the database gave up")


async def test_who_leads_the_gauges_and_fails_lets_another_lead(engine: AsyncEngine, database_url: str) -> None:
    def exporter(kind: type[Exporter], on: AsyncEngine, every: float) -> tuple[Exporter, MetricGauges]:
        gauges = MetricGauges(CollectorRegistry())
        return kind(on, Panes(), gauges, every=every, room=100), gauges

    stop = asyncio.Event()
    failing, _ = exporter(Failing, engine, 60)
    first = asyncio.create_task(failing.run(stop))

    async def gave_it_back() -> bool:
        return engine.pool.checkedout() == 0  # type: ignore[attr-defined]

    await asyncio.sleep(0.3)
    await until(gave_it_back, "the first has failed", seconds=5)
    other = create_engine(database_url, SCHEMA)
    second, shown = exporter(Exporter, other, 0.1)
    task = asyncio.create_task(second.run(stop))
    try:
        await until(lambda: shown._snapshot is not None, "the second leads", seconds=5)
    finally:
        stop.set()
        await asyncio.gather(first, task)
        await other.dispose()


@pytest.mark.parametrize(
    "accident",
    ["DROP SCHEMA scoring CASCADE", "DROP TABLE scoring.inbox", "ALTER TABLE scoring.stream_offset DROP next_offset"],
)
async def test_what_was_taken_from_the_schema_ends_the_service_and_makes_no_record_a_dead_letter(
    engine: AsyncEngine, accident: str
) -> None:
    broker = MemoryBroker({"interactions": 1, "interactions-scoring-dlq": 1})
    publisher = MemoryPublisher(broker)
    applied: list[str] = []

    async def handle(_: AsyncConnection, events: Sequence[Event[Any]]) -> None:
        applied.extend(each.data.interaction_id for each in events)

    async def say(name: str) -> None:
        await publisher.publish([record(event("interaction.reported", answered(name)))])

    source, telemetry = (
        MemorySource(broker, ["interactions"], "scoring"),
        ConsumerTelemetry(CollectorRegistry(), SCHEMA),
    )
    letters = DeadLetters(publisher, "scoring")
    consuming = asyncio.create_task(
        consume(source, PostgresLedger(engine), [handle], letters, telemetry, asyncio.Event(), Pace(poll=0.01))
    )
    await say("before")
    await until(lambda: applied == ["before"], "a record is applied")
    async with transaction(engine) as tx:
        await tx.execute(text(accident))
    await say("after")
    with pytest.raises(Stuck, match="is gone"):
        await asyncio.wait_for(consuming, 60)
    assert (applied, broker.logs[Partition("interactions-scoring-dlq", 0)]) == (["before"], [])
