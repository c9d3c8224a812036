"""Which code may run on which schema, on a real PostgreSQL: an upgrade is rolled out while the version before runs."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from events.runtime.database import create_engine, transaction
from events.runtime.errors import Stuck, Unavailable
from events.runtime.migrate import migrate, require_schema, upgrade, wait_for_schema

STEP = '''"""A step."""

from alembic import op

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
    op.execute("{statement}")
'''
EXPAND, CONTRACT = "CREATE TABLE {0} (a int)", "DELETE FROM works_with WHERE revision IN ('{0}')"


def _migrations(folder: Path, *steps: tuple[str, str]) -> Path:
    (folder / "versions").mkdir(parents=True)
    before = None
    for revision, statement in steps:
        text = STEP.format(revision=revision, before=before, statement=statement)
        (folder / "versions" / f"{revision}.py").write_text(text)
        before = revision
    return folder


ONE = ("one", EXPAND.format("first"))
TWO = ("two", EXPAND.format("second"))
THREE = ("three", CONTRACT.format("one"))


async def test_the_version_before_runs_on_a_schema_that_was_only_expanded(database_url: str, tmp_path: Path) -> None:
    old, new = _migrations(tmp_path / "old", ONE), _migrations(tmp_path / "new", ONE, TWO)
    engine = create_engine(database_url, "house")
    try:
        await upgrade(engine, "house", old)
        with pytest.raises(Stuck, match="is at one, this code needs two: run the migrate command"):
            await require_schema(engine, "house", new)
        await upgrade(engine, "house", new)
        await require_schema(engine, "house", old)
        await require_schema(engine, "house", new)
    finally:
        await engine.dispose()


async def test_one_that_was_contracted_is_refused_by_the_code_it_left_behind(database_url: str, tmp_path: Path) -> None:
    old = _migrations(tmp_path / "old", ONE)
    middle, new = _migrations(tmp_path / "middle", ONE, TWO), _migrations(tmp_path / "new", ONE, TWO, THREE)
    engine = create_engine(database_url, "house")
    try:
        await upgrade(engine, "house", new)
        with pytest.raises(
            Stuck, match=r"is at three and no longer works with this code \(one\): run the newer version"
        ):
            await require_schema(engine, "house", old)
        await require_schema(engine, "house", middle)
        await upgrade(engine, "house", new)  # again: what was taken away stays away
        with pytest.raises(Stuck):
            await require_schema(engine, "house", old)
    finally:
        await engine.dispose()


async def test_the_version_before_migrates_on_its_way_back_and_changes_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever goes back by applying the version before runs its migration too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    old, new = _migrations(tmp_path / "old", ONE), _migrations(tmp_path / "new", ONE, TWO)
    assert await migrate("house", new) == 0
    with capture_logs() as said:
        assert await migrate("house", old) == 0
    assert [line["event"] for line in said] == ["the schema is newer, and works with this version"]
    assert await _works_with(database_url) == {"one", "two"}
    newest = _migrations(tmp_path / "newest", ONE, TWO, THREE)
    assert await migrate("house", newest) == 0
    with pytest.raises(Stuck, match=r"is at three and no longer works with this code \(one\): run the newer version"):
        await migrate("house", old)
    assert await _works_with(database_url) == {"two", "three"}


async def test_a_schema_that_is_older_than_the_list_still_works_with_its_version(
    database_url: str, tmp_path: Path
) -> None:
    old, new = _migrations(tmp_path / "old", ONE), _migrations(tmp_path / "new", ONE, TWO)
    engine = create_engine(database_url, "house")
    try:
        await upgrade(engine, "house", old)
        async with transaction(engine) as tx:
            await tx.execute(text("DROP TABLE works_with"))
        await upgrade(engine, "house", new)
        await require_schema(engine, "house", old)
    finally:
        await engine.dispose()


async def _works_with(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row["revision"] for row in await connection.fetch("SELECT revision FROM house.works_with")}
    finally:
        await connection.close()


async def test_an_empty_database_asks_for_the_migrate_command(database_url: str, tmp_path: Path) -> None:
    engine = create_engine(database_url, "house")
    try:
        with pytest.raises(Stuck, match=re.escape("schema house is at nothing, this code needs one: run the migrate")):
            await require_schema(engine, "house", _migrations(tmp_path / "old", ONE))
    finally:
        await engine.dispose()


async def test_waiting_ends_when_the_schema_is_there_and_says_why_it_gave_up(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations = _migrations(tmp_path / "old", ONE)
    monkeypatch.setenv("DATABASE_URL", database_url)
    with pytest.raises(Stuck, match="run the migrate command"):
        await wait_for_schema("house", migrations, seconds=0)
    engine = create_engine(database_url, "house")
    try:
        await upgrade(engine, "house", migrations)
    finally:
        await engine.dispose()
    assert await wait_for_schema("house", migrations, seconds=0) == 0


async def test_a_migration_waits_for_its_database_and_says_once_why(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a cluster database and migration start at the same time."""
    monkeypatch.setattr("events.runtime.migrate.PAUSE_SECONDS", 0.05)
    migrations = _migrations(tmp_path / "old", ONE)
    name = database_url.rpartition("/")[2]
    monkeypatch.setenv("DATABASE_URL", f"{database_url}_later")
    admin = await asyncpg.connect(database_url)
    try:
        with capture_logs() as said:
            with pytest.raises(Unavailable):
                await migrate("house", migrations, seconds=0)
            waiting = asyncio.create_task(migrate("house", migrations))
            await asyncio.sleep(0.5)
            assert not waiting.done()
            await admin.execute(f'CREATE DATABASE "{name}_later" TEMPLATE template0')
            assert await asyncio.wait_for(waiting, 10) == 0
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}_later" WITH (FORCE)')
        await admin.close()
    assert [line["event"] for line in said] == ["waiting"]
    assert said[0]["why"].startswith("database: ")


OWN_PIDS = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")


def _first_process() -> bool:
    try:
        return subprocess.run((*OWN_PIDS, "true"), capture_output=True, timeout=10, check=False).returncode == 0
    except OSError:
        return False


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


@pytest.mark.skipif(not _first_process(), reason="no namespace of process ids can be made here")
@pytest.mark.parametrize("command", ["wait", "migrate"])
async def test_the_first_process_of_a_container_goes_when_it_is_told_to(command: str) -> None:
    """The kernel keeps signals from a process 1 that does not handle them: the pod would hang for its grace period."""
    environ = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
    outer = await asyncio.create_subprocess_exec(
        *(*OWN_PIDS, sys.executable, "-m", "scoring", command), env=environ, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert outer.stderr is not None
        assert b'"waiting"' in await asyncio.wait_for(outer.stderr.readline(), 20)
        inner = _child(outer.pid)
        began = time.monotonic()
        os.kill(inner, signal.SIGTERM)
        assert await asyncio.wait_for(outer.wait(), 10) == 128 + signal.SIGTERM
        assert time.monotonic() - began < 5
    finally:
        if outer.returncode is None:
            outer.kill()
        await outer.wait()


async def test_a_role_that_owns_its_schema_and_nothing_else_can_migrate(database_url: str, tmp_path: Path) -> None:
    role = f"house_{tmp_path.parent.name.replace('-', '_')}"
    admin = await asyncpg.connect(database_url)
    try:
        await admin.execute(f'CREATE ROLE "{role}" LOGIN; CREATE SCHEMA house AUTHORIZATION "{role}"')
        engine = create_engine(re.sub(r"//[^@]*@", f"//{role}@", database_url), "house")
        try:
            await upgrade(engine, "house", _migrations(tmp_path / "old", ONE))
        finally:
            await engine.dispose()
        assert await admin.fetchval("SELECT tableowner FROM pg_tables WHERE tablename = 'first'") == role
    finally:
        await admin.execute(f'DROP OWNED BY "{role}" CASCADE; DROP ROLE "{role}"')
        await admin.close()
