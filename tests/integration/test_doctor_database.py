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

IN_DATABASE = ("database", "migrations", "clocks", "keys", "cases", "pushes")
CASE = (
    "INSERT INTO alerting.recovery_case (id, tenant, customer_id, reason, event_id, accepted_at, contact_due_at,"
    " claim_due_at) VALUES ('00000000-0000-0000-0000-000000000001', 't', 'Sam', 'low_score', 'e', now(),"
    " now() + interval '1 h', now() + interval '{claim}');"
)
STEP = (
    "INSERT INTO alerting.timer (case_id, kind, due_at) SELECT id, 'escalation', now() + interval '{due}'"
    " FROM alerting.recovery_case;"
)
WELL = CASE.format(claim="1 h") + STEP.format(due="1 h")
TOLD = "DELETE FROM alerting.case_report;"
MESSAGE = (
    "INSERT INTO alerting.notification (tenant, case_id, step, channel, dedup_key, state, created_at, due_at, problem)"
    " SELECT 't', id, 'p1', 'mail', 'd', '{state}', now() - interval '1 h', now(), 'refused'"
    " FROM alerting.recovery_case;"
)
PUSH = (
    "INSERT INTO profile_sync.crm_push (tenant, customer_id, state, pending_since, erasing)"
    " VALUES ('t', 'Sam', '{state}', now() - interval '5 h', {erasing})"
)
KEY = (
    "INSERT INTO ingest.api_key (id, sha256, tenant, source, scopes, expires_at)"
    " VALUES ('{id}', 'x', 't', '/crm', '{{events:write}}', now() + interval '{ends}');"
)
NEWEST = "UPDATE scoring.alembic_version SET version_num = '9999';"

BROKEN, WARNING = Level.BROKEN, Level.WARNING
WRONG = {
    "an old schema": (
        "UPDATE alerting.alembic_version SET version_num = '0009'",
        "migrations",
        BROKEN,
        "the schema of alerting is at 0009, the code needs 00",
    ),
    "no schema": ("ALTER SCHEMA scoring RENAME TO gone", "migrations", BROKEN, "scoring has no schema yet"),
    "a newer schema that still fits": (NEWEST, "migrations", WARNING, "of a newer version; the code here"),
    "a newer schema that fits no longer": (
        NEWEST + "DELETE FROM scoring.works_with",
        "migrations",
        BROKEN,
        "at 9999 and no longer works with the code here",
    ),
    "a server that only reads": (
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());"
        " END $$",
        "database",
        BROKEN,
        "takes no writes",
    ),
    "a key that ended": (KEY.format(id="abcd2345", ends="-1 day"), "keys", WARNING, "key abcd2345 ended 24 h ago"),
    "a key that ends": (KEY.format(id="abcd2345", ends="5 days"), "keys", WARNING, "key abcd2345 ends in 5 days"),
    "a step that nobody takes": (
        CASE.format(claim="1 h") + STEP.format(due="-1 h") + TOLD,
        "cases",
        BROKEN,
        "1 step of cases overdue, the oldest for 60 min",
    ),
    "a case without a step": (CASE.format(claim="1 h") + TOLD, "cases", BROKEN, "1 case without a next step"),
    "a case nobody claims": (
        CASE.format(claim="-2 h") + STEP.format(due="1 h") + TOLD,
        "cases",
        WARNING,
        "1 case not claimed in time, the oldest 2 h late",
    ),
    "a message not sent": (
        WELL + TOLD + MESSAGE.format(state="queued"),
        "cases",
        BROKEN,
        "1 message not sent for more than 5 min, 1 of them failed before",
    ),
    "a message given up": (WELL + TOLD + MESSAGE.format(state="dead"), "cases", WARNING, "1 message about open cases"),
    "a change not told": (
        WELL + "UPDATE alerting.case_report SET changed_at = now() - interval '1 h'",
        "cases",
        BROKEN,
        "1 change of cases not told on alerts",
    ),
    "a push not made": (
        PUSH.format(state="pending", erasing="false"),
        "pushes",
        BROKEN,
        "lacks 1 customer, the oldest",
    ),
    "a push parked": (PUSH.format(state="parked", erasing="false"), "pushes", WARNING, "1 customer parked"),
    "an erasure not made": (PUSH.format(state="pending", erasing="true"), "pushes", BROKEN, "holds 1 erased customer"),
    "a CRM left alone": (
        "INSERT INTO profile_sync.crm_pause VALUES ('t', now() + interval '1 h', 'unauthorized')",
        "pushes",
        WARNING,
        "the CRM of 1 tenant is left alone for now: unauthorized",
    ),
    "a note not told": (
        "INSERT INTO profile_sync.announcement (tenant, customer_id, what, note_id, at)"
        " VALUES ('t', 'Sam', 'noted', 'n', now() - interval '1 h')",
        "pushes",
        BROKEN,
        "1 change not told on customer-notes",
    ),
}


MEND = """
    DELETE FROM alerting.notification; DELETE FROM alerting.recovery_case; DELETE FROM alerting.case_report;
    DELETE FROM profile_sync.crm_push; DELETE FROM profile_sync.crm_pause; DELETE FROM profile_sync.announcement;
    DELETE FROM ingest.api_key;
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database());
    IF to_regnamespace('gone') IS NOT NULL THEN ALTER SCHEMA gone RENAME TO scoring; END IF; END $$;
    UPDATE alerting.alembic_version SET version_num = '{alerting}';
    UPDATE scoring.alembic_version SET version_num = '{scoring}';
    INSERT INTO scoring.works_with VALUES ('{scoring}') ON CONFLICT DO NOTHING
"""


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
