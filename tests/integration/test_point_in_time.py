"""A schema is dropped by hand, and the database is brought back to the moment before: docs/backup.md, done.

All is real: a PostgreSQL that archives its WAL, the services as processes at work while it happens, Kafka, a CRM.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from amends.local.errors import PartMissing
from amends.local.parts import Parts
from amends.services import SERVICES
from events import codec
from events.envelope import DEFAULT_TENANT, Event
from events.runtime.database import create_engine
from events.topics import SURVEY_RESPONSES, read_by
from scoring.app import SCHEMA
from scoring.core.attribution import DIMENSIONS
from support import backups, broker
from support.archived_postgres import ArchivedPostgres, archived_postgres
from support.backup_world import WORD, World, after_the_backup, before_the_backup, calls, working
from support.metrics import stored
from support.reference import Reference, differences
from support.reference_facts import latest

OF_DORA = "SELECT count(*) FROM alerting.recovery_case WHERE customer_id = 'dora'"
GONE = "deleted before they were read"

pytestmark = pytest.mark.timeout(420)


@pytest.fixture
async def postgres(tmp_path: Path) -> AsyncIterator[ArchivedPostgres]:
    try:
        async with archived_postgres(tmp_path) as found:
            yield found
    except PartMissing as error:  # DATABASE_URL names one that is not ours to bring back, and there is no other
        pytest.skip(str(error))


@pytest.fixture
async def world(tmp_path: Path, parts: Parts, topics: str, postgres: ArchivedPostgres) -> AsyncIterator[World]:
    services = [service.name for service in SERVICES]
    async with working(tmp_path, topics, postgres.url, parts.database_url, services) as found:
        yield found


async def told(world: World) -> list[Event[Any]]:
    """Every event of both lives, as Kafka has them."""
    bootstrap = world.rooms.environ["KAFKA_BOOTSTRAP_SERVERS"]
    records = [each for topic in read_by("scoring") for each in await broker.read_all(bootstrap, topic.name)]
    return [codec.decode(each.headers, each.value) for each in records]


async def numbers_differ(world: World, history: list[Event[Any]]) -> list[str]:
    """From what a plain recomputation of that history says."""
    reckoned = Reference(history)
    engine = create_engine(world.url, SCHEMA)
    found = [differences(await stored(engine, each), reckoned.sums(each)) for each in DIMENSIONS]
    await engine.dispose()
    return [complaint for complaints in found for complaint in complaints]


async def kafka_forgets_what_was_answered(bootstrap: str) -> None:
    ends = await broker.ends(bootstrap, [SURVEY_RESPONSES])
    async with broker.admin(bootstrap) as client:
        await client.delete_records({TopicPartition(*place): RecordsToDelete(end) for place, end in ends.items()})


async def test_brought_back_to_a_moment_it_goes_on_from_kafka_and_ends_where_it_was(
    world: World, postgres: ArchivedPostgres, tmp_path: Path
) -> None:
    await postgres.back_up()
    await before_the_backup(world)
    moment, paged = await postgres.ask("SELECT clock_timestamp()"), set(world.keys())
    await after_the_backup(world)
    cases, known, crm, paged_since = await world.cases(), await world.decided(), await world.crm(), set(world.keys())
    await world.act("anna", "contacted")
    await world.settled()
    later = await postgres.ask("SELECT clock_timestamp()")

    await postgres.ask("DROP SCHEMA alerting CASCADE")
    await calls(world, "emil", 1)  # whom ingest answers 202 all the same
    await postgres.archive_all()
    await world.stop()
    await postgres.go_back(moment)
    assert "alerting.assessment" in await world.leaks(WORD), "that moment does not know of the erasure"
    assert await postgres.ask(OF_DORA) == 0, "nor of Dora"
    assert GONE not in await world.command("amends", "doctor", "--only", "lag")
    await world.command("amends", "restored")
    await world.start()

    now, history = await world.cases(), await told(world)
    newest = latest(history, DEFAULT_TENANT).cases
    assert {case: said.data.state for case, said in newest.items()} == {str(case): how for case, _, how in now.values()}
    assert now.pop("emil")[1:] == ("low_score", "open")
    assert now == cases, "also Dora's is the same case, and Anna's is in Dana's hands"
    assert await world.decided() == known
    assert await world.crm() == crm, "not one write"
    assert await world.leaks(WORD) == []
    assert await numbers_differ(world, history) == []
    again = {key for key, times in world.keys().items() if times > 1}
    assert again & paged == set(), "who was told before that moment is not told again"
    assert again >= paged_since - paged, "who was told since is, and can tell by the key"

    # It should have been a later moment. The archive has that life as well, beside the one that goes on.
    await world.stop()
    await postgres.archive_all()
    await postgres.go_back(later, timeline="1")
    assert await postgres.ask(OF_DORA) == 1
    await kafka_forgets_what_was_answered(world.rooms.environ["KAFKA_BOOTSTRAP_SERVERS"])
    assert GONE in await world.command("amends", "doctor", "--only", "lag", code=1), "Emil's answer, of after it"
    # Of what was dropped alone, a dump of that moment is enough.
    dump = str(tmp_path / "then.dump")
    await backups.program("pg_dump", "--format=custom", "--schema=alerting", f"--file={dump}", world.url)
    await postgres.ask("DROP SCHEMA alerting CASCADE")
    await backups.program("pg_restore", "--clean", "--if-exists", "--exit-on-error", f"--dbname={world.url}", dump)
    assert "alerting: 3 cases" in await world.command("amends", "restored", name="alerting")
    assert await postgres.ask(OF_DORA) == 1
