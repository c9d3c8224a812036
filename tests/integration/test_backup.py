"""PostgreSQL is lost, and comes back from a backup that Kafka has gone beyond: docs/backup.md, done.

Everything is real: the services as processes, each with a role that owns its schema and sees no other, Kafka,
``pg_dump`` and ``pg_restore``, a CRM, somebody who is told.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from amends.local.parts import Parts
from support import backups
from support.backup_world import WORD, World, after_the_backup, before_the_backup, working

NOTHING_TO_KEEP = ("inbox", "stream_offset", "contact", "unclaimed")
"""Tables of profile-sync that the topics make anew."""

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def world(tmp_path: Path, parts: Parts, topics: str, database_url: str) -> AsyncIterator[World]:
    services = ("ingest", "alerting", "profile-sync")
    async with working(tmp_path, topics, database_url, parts.database_url, services) as found:
        yield found


@pytest.fixture
def dump(tmp_path: Path) -> str:
    return str(tmp_path / "amends.dump")


async def lose_and_restore(world: World, server: str, dump: str) -> None:
    """As docs/backup.md says it."""
    await world.stop()
    await backups.empty(server, world.url)
    await backups.make_roles(world.url)
    await backups.program("pg_restore", "--clean", "--if-exists", "--exit-on-error", f"--dbname={world.url}", dump)


async def test_restored_from_a_backup_it_goes_on_from_kafka_and_ends_where_it_was(
    world: World, parts: Parts, dump: str
) -> None:
    await world.begin("scoring")
    await before_the_backup(world)
    told_before = world.keys()
    await backups.program("pg_dump", "--format=custom", f"--file={dump}", world.url)
    await after_the_backup(world)
    numbers, cases, known, crm, told = (
        await world.numbers(), await world.cases(), await world.decided(), await world.crm(), world.keys()
    )  # fmt: skip
    assert set(cases) == {"anna", None, "dora"}, "Carl's is nobody's"
    assert set(told) > set(told_before)
    await world.act("anna", "contacted")
    await world.act("anna", "close", outcome="recovered", cause="workflow", remedy="x")
    await world.settled()
    assert await world.number("recovery_rate") == {"value": 1.0, "n": 1}

    await lose_and_restore(world, parts.database_url, dump)
    assert "alerting.assessment" in await world.leaks(WORD), "the backup does not know of the erasure"
    lost = world.keys()
    await world.go_on()

    assert await world.numbers() == numbers
    assert await world.cases() == cases, "also Dora's is the same case; Anna's is in Dana's hands again"
    assert await world.decided() == known
    assert await world.crm() == crm, "not one write"
    assert await world.leaks(WORD) == []
    again = world.keys() - lost
    assert not set(again) & set(told_before), "whoever was told before the backup is not told again"
    assert set(again) <= set(told), "whoever is told again can tell by the key"
    # What was told of Anna's case since the backup is older news than what Dana does now.
    await world.act("anna", "contacted")
    await world.act("anna", "close", outcome="not_recovered", cause="workflow", remedy="y")
    await world.settled()
    assert await world.number("recovery_rate") == {"value": 0.0, "n": 1}


async def test_without_a_backup_of_the_rest_what_people_decided_survives_a_rebuild_from_the_topics(
    world: World, parts: Parts, dump: str
) -> None:
    await before_the_backup(world)
    await after_the_backup(world)
    known, crm = await world.decided(), await world.crm()
    spared = [f"--exclude-table-data=profile_sync.{table}" for table in NOTHING_TO_KEEP]
    keep = ["--format=custom", "--schema=profile_sync", *spared]
    await backups.program("pg_dump", *keep, f"--file={dump}", world.url)

    await lose_and_restore(world, parts.database_url, dump)
    told = world.keys()
    await world.go_on()
    assert await world.decided() == known
    assert await world.crm() == crm, "not one write"
    assert await world.leaks(WORD) == []
    assert set(world.keys()) == set(told), "within the hour the same is told again, under the same key"
