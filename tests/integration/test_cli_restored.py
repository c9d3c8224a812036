"""``amends restored`` says of each schema what was done, and fails where nothing was; on a real PostgreSQL."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from alerting.store.schema import MIGRATIONS as OF_ALERTING
from amends.commands.restored import tell_anew
from amends.errors import CommandError
from amends.main import run
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from ingest.store.schema import MIGRATIONS as OF_INGEST
from profile_sync.app import MIGRATIONS as OF_PROFILE_SYNC
from support.backups import as_role, make_roles
from support.case_rows import add_case


async def migrated(url: str, schema: str, migrations: Path) -> None:
    engine = create_engine(as_role(url, schema), schema)
    await upgrade(engine, schema, migrations)
    await engine.dispose()


@pytest.fixture
async def url(database_url: str) -> str:
    await make_roles(database_url)
    return database_url


async def test_each_role_does_its_own_schema_and_is_told_of_the_other(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for schema, migrations in (("ingest", OF_INGEST), ("alerting", OF_ALERTING), ("profile_sync", OF_PROFILE_SYNC)):
        await migrated(url, schema, migrations)
    for role, done, other in (
        ("ingest", "contacts", "alerting"),
        ("alerting", "cases", "profile-sync"),
        ("profile_sync", "notes", "ingest"),
    ):
        await tell_anew(as_role(url, role))
        said = capsys.readouterr().out
        assert f": 0 {done}" in said
        assert f"{other}: nothing done: it is not this role's" in said
    await tell_anew(url)
    assert "nothing done" not in capsys.readouterr().out, "a superuser does all"
    with pytest.raises(CommandError, match="nothing was done"):
        await tell_anew(as_role(url, "scoring"))


async def test_where_there_is_nothing_or_not_yet_migrated_it_fails(url: str, database_url: str) -> None:
    with pytest.raises(CommandError, match=r"^ingest: .* run its migrate command first"):
        await tell_anew(url)
    owner = await asyncpg.connect(database_url)
    await owner.execute("DROP SCHEMA ingest; DROP SCHEMA alerting; DROP SCHEMA profile_sync")
    await owner.close()
    with pytest.raises(CommandError, match="nothing was done"):
        await tell_anew(database_url)


@pytest.mark.parametrize("address", ["nonsense", "mysql://amends@db/amends", "postgresql://db:port/amends"])
def test_an_address_that_is_none_is_one_line(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["restored", "--database", address]) == 1
    assert capsys.readouterr().err.strip().endswith("the database address is not postgresql://user@host:port/database")


async def test_a_case_that_waits_or_was_closed_lately_is_told_anew_as_newer_than_all_before(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await migrated(url, "alerting", OF_ALERTING)
    engine = create_engine(as_role(url, "alerting"), "alerting")
    closed = {"outcome": "recovered", "cause": "workflow", "ago": timedelta(days=99)}
    waits = await add_case(engine)
    lately = await add_case(engine, **closed, closed_ago=timedelta(days=30))
    await add_case(engine, **closed, closed_ago=timedelta(days=32))
    async with transaction(engine) as tx:
        await tx.execute(text("DELETE FROM case_report"))
    await tell_anew(as_role(url, "alerting"))
    assert "alerting: 2 cases" in capsys.readouterr().out
    async with transaction(engine) as tx:
        assert set(await tx.scalars(text("SELECT case_id FROM case_report"))) == {waits, lately}
        newer = (
            "SELECT id FROM recovery_case WHERE revision > extract(epoch FROM now() - interval '1 minute') * 1000000"
        )
        assert set(await tx.scalars(text(newer))) == {waits, lately}
    await engine.dispose()


async def test_a_backup_that_is_restored_twice_goes_on_beyond_what_was_told_after_the_first_time(url: str) -> None:
    await migrated(url, "ingest", OF_INGEST)
    owner = await asyncpg.connect(url)
    await owner.execute("INSERT INTO ingest.contact (tenant, source, contact, revision) VALUES ('a', 's', 'c', 3)")
    await tell_anew(as_role(url, "ingest"))
    told = await owner.fetchval("UPDATE ingest.contact SET revision = revision + 9 RETURNING revision")
    await owner.execute("UPDATE ingest.contact SET revision = 3")  # as it is in the backup
    await tell_anew(as_role(url, "ingest"))
    assert told < await owner.fetchval("SELECT revision FROM ingest.contact") < 2**53, "the contract's largest revision"
    await owner.close()
