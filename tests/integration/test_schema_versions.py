"""Which code may run on which schema, on a real PostgreSQL: an upgrade is rolled out while the version before runs."""

import re
from pathlib import Path

import asyncpg
import pytest

from events.runtime.database import create_engine
from events.runtime.errors import Stuck
from events.runtime.migrate import require_schema, upgrade, wait_for_schema

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
