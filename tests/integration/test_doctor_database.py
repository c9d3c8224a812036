"""What `amends doctor` says of a real database in which one thing at a time is wrong."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from amends.doctor.checks import CHECKS
from amends.doctor.databases import Databases
from amends.doctor.examine import examine
from amends.doctor.finding import Finding, Level
from amends.doctor.given import Given
from amends.local.parts import Parts
from amends.services import ALERTING, SERVICES
from events.runtime.database import create_engine
from events.runtime.errors import Unavailable
from events.runtime.migrate import upgrade
from support.doctor_faults import WELL_SO, WRONG
from support.doctor_rows import CRM_PAUSE, KEY, MEND, TOLD, WALK, WELL

SEVERAL = (
    "an old schema",
    "a key that ended",
    "a step that nobody takes",
    "a calendar that is silent",
    "a push parked",
    "a walk that does not get on",
    "a doubtful preference that nobody looks at",
    "a thing given up",
    "a scorecard not told",
    "praise given up",
)
IN_DATABASE = {check for _, check, _, _ in WRONG.values()} | {"clocks"}


@pytest.fixture(scope="module")
def migrated(parts: Parts) -> Iterator[tuple[str, str]]:
    """A database with every schema, and the statements that mend whatever a test breaks in it: copying one is slow."""
    name = f"doctor_{uuid.uuid4().hex[:12]}"
    url = parts.database_url.rsplit("/", 1)[0] + f"/{name}"
    asyncio.run(_run(parts.database_url, f'CREATE DATABASE "{name}"'))
    heads = asyncio.run(_migrate(url))
    yield url, MEND.format(**heads)
    asyncio.run(_run(parts.database_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def database(migrated: tuple[str, str]) -> AsyncIterator[str]:
    url, mend = migrated
    yield url
    await _run(url, mend)


async def _migrate(url: str) -> dict[str, str]:
    """Returns what each schema is at."""
    for service in SERVICES:
        engine = create_engine(url, service.module)
        await upgrade(engine, service.module, Path(str(import_module(service.module).__file__)).parent / "migrations")
        await engine.dispose()
    connection = await asyncpg.connect(url)
    try:
        versions = {s.module: f"SELECT version_num FROM {s.module}.alembic_version" for s in SERVICES}
        return {module: await connection.fetchval(query) for module, query in versions.items()}
    finally:
        await connection.close()


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def findings(url: str, *checks: str) -> list[Finding]:
    given = Given(Databases(dict.fromkeys(SERVICES, url)), dict.fromkeys(SERVICES, "http://127.0.0.1:9"))
    results = await examine(given, [check for check in CHECKS if check.name in checks])
    return [finding for result in results for finding in result.findings]


async def test_what_is_well_is_not_complained_of(database: str) -> None:
    await _run(database, WELL + TOLD + KEY.format(id="abcd2345", ends="90 days"))
    found = await findings(database, *IN_DATABASE)
    assert [each for each in found if each.level in (Level.BROKEN, Level.WARNING)] == []
    assert len(found) >= len(IN_DATABASE)


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_wrong_is_told_once_with_what_to_do(database: str, what: str) -> None:
    statement, check, level, says = WRONG[what]
    await _run(database, statement)
    (found,) = [each for each in await findings(database, *IN_DATABASE) if each.level in (Level.BROKEN, Level.WARNING)]
    assert (found.level, says in found.says, bool(found.fix)) == (level, True, True), found
    assert "Sam" not in found.says + found.fix
    assert found in await findings(database, check)


@pytest.mark.parametrize("what", WELL_SO)
async def test_what_only_looks_wrong_is_not_complained_of(database: str, what: str) -> None:
    await _run(database, WELL_SO[what])
    assert [
        each for each in await findings(database, *IN_DATABASE) if each.level in (Level.BROKEN, Level.WARNING)
    ] == []


async def test_a_walk_waits_with_a_crm_that_is_left_alone(database: str) -> None:
    await _run(database, WALK + CRM_PAUSE.format(reason="unauthorized"))
    assert [each.level for each in await findings(database, "sweeps")] == [Level.FINE]


async def test_the_connections_of_other_roles_are_counted_for_whoever_asks(database: str) -> None:
    role = f"doctor_{uuid.uuid4().hex[:12]}"
    await _run(database, f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
    others = [await asyncpg.connect(database) for _ in range(5)]
    try:
        most = int(await others[0].fetchval("SHOW max_connections"))
        (found,) = await findings(
            make_url(database).set(username=role, password=role).render_as_string(False), "database"
        )
    finally:
        await asyncio.gather(*(each.close() for each in others))
        await _run(database, f"DROP ROLE {role}")
    (free,) = re.findall(r"(\d+) of \d+ connections", found.says)
    assert int(free) < most - len(others)


async def test_a_role_that_may_only_read_sees_what_an_owner_sees(database: str) -> None:
    """As the role of the component doctor."""
    role = f"doctor_{uuid.uuid4().hex[:12]}"
    await _run(database, "".join(WRONG[what][0] + ";" for what in SEVERAL))
    await _run(database, f"CREATE ROLE {role} LOGIN PASSWORD '{role}'; GRANT pg_read_all_data TO {role}")
    try:
        reader = make_url(database).set(username=role, password=role).render_as_string(hide_password=False)
        seen, wanted = [await findings(url, *IN_DATABASE - {"database", "clocks"}) for url in (reader, database)]
    finally:
        await _run(database, f"DROP ROLE {role}")
    assert [(each.level, each.says[:40]) for each in seen] == [(each.level, each.says[:40]) for each in wanted]
    assert len([each for each in seen if each.level in (Level.BROKEN, Level.WARNING)]) == len(SEVERAL)


async def test_a_key_that_another_took_over_from_may_end(database: str) -> None:
    await _run(database, KEY.format(id="abcd2345", ends="-1 day") + KEY.format(id="abcd6789", ends="90 days"))
    assert [each.level for each in await findings(database, "keys")] == [Level.SKIPPED, Level.FINE]


async def test_looking_changes_nothing(database: str) -> None:
    databases = Databases({ALERTING: database})
    with pytest.raises(Unavailable) as refused:
        async with databases.reading(ALERTING) as tx:
            await tx.exec_driver_sql("DELETE FROM alerting.timer")
    assert "read-only transaction" in str(refused.value.__cause__)
    await databases.close()


async def test_one_database_that_is_away_hides_no_other(database: str) -> None:
    urls = dict.fromkeys(SERVICES, database) | {ALERTING: "postgresql://nobody@127.0.0.1:9/none"}
    given = Given(Databases(urls), dict.fromkeys(SERVICES, "http://127.0.0.1:9"))
    results = {r.check.name: r.findings for r in await examine(given, [c for c in CHECKS if c.name in IN_DATABASE])}
    assert sorted(each.level for each in results["migrations"]) == ["fine", "fine", "fine", "skipped"]
    (away,) = [each for each in results["database"] if each.level is Level.BROKEN]
    assert "the database of alerting does not answer" in away.says
    assert [each.level for each in results["cases"]] == [Level.SKIPPED]
    assert [each.level for each in results["pushes"]] == [Level.FINE]


async def test_lag_needs_a_broker_and_says_so(database: str) -> None:
    assert [each.says for each in await findings(database, "lag")] == ["no broker was named"]
