"""How far a schema is from what this code needs: for whoever looks, and changes nothing."""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection


class Fit(StrEnum):
    RIGHT = "right"
    BEHIND = "behind"
    """Of an older version, or empty."""
    AHEAD = "ahead"
    """Of a newer version, and this code still works with it."""
    APART = "apart"
    """Of a newer version, which this code no longer works with."""


class SchemaState(NamedTuple):
    """``found`` and ``wanted`` are revisions; None: nothing was ever migrated."""

    fit: Fit
    found: str | None
    wanted: str | None


def scripts_of(migrations: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


async def schema_state(tx: AsyncConnection, schema: str, migrations: Path) -> SchemaState:
    """Compare ``schema`` with the newest revision in the folder ``migrations``. Only reads."""
    scripts = scripts_of(migrations)
    wanted = scripts.get_current_head()
    found = await tx.run_sync(_revision, schema)
    if found == wanted:
        return SchemaState(Fit.RIGHT, found, wanted)
    if found is None or found in {script.revision for script in scripts.walk_revisions()}:
        return SchemaState(Fit.BEHIND, found, wanted)
    works = await _works_with(tx, schema, wanted)
    return SchemaState(Fit.AHEAD if works else Fit.APART, found, wanted)


def _revision(connection: Connection, schema: str) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()


async def _works_with(tx: AsyncConnection, schema: str, revision: str | None) -> bool:
    if await tx.scalar(text("SELECT to_regclass(:name)"), {"name": f'"{schema}".works_with'}) is None:
        return False
    listed = text(f'SELECT 1 FROM "{schema}".works_with WHERE revision = :revision')  # noqa: S608 - a name of ours
    return bool(await tx.scalar(listed, {"revision": revision}))
