"""Schema migrations: one PostgreSQL schema per service, one alembic history per service, run one at a time.

The table ``works_with`` lists the revisions whose code works with the schema as it is. Each migration adds its own; one
that takes something away (the contract step) begins by deleting the revisions whose code still used it.
"""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.configuration import DatabaseSettings, load_settings
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Stuck, Unavailable
from events.runtime.service import Commands

WAIT_SECONDS = 600.0
PAUSE_SECONDS = 1.0
_WORKS_WITH = text("INSERT INTO works_with (revision) VALUES (:revision) ON CONFLICT DO NOTHING")


def _scripts(migrations: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


async def upgrade(engine: AsyncEngine, schema: str, migrations: Path) -> None:
    """Bring ``schema`` to the newest revision in the folder ``migrations``. Others that try meanwhile wait.

    Raises:
        Unavailable: the database is away.
    """
    scripts = _scripts(migrations)

    def steps(revision: Any, _: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)  # what alembic's own upgrade command calls

    def works_with(step: MigrationInfo, ctx: MigrationContext, **_: Any) -> None:
        if ctx.connection is not None:
            ctx.connection.execute(_WORKS_WITH, {"revision": step.up_revision_id})

    def run(connection: Connection) -> None:
        opts = {"fn": steps, "version_table_schema": schema, "on_version_apply": (works_with,)}
        context = MigrationContext.configure(connection, opts=opts)
        with Operations.context(context):
            context.run_migrations()

    async with transaction(engine) as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"migrate {schema}"})
        # Asked first: to create one that exists takes the right to create any, which a service need not have.
        if not await tx.scalar(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": schema}):
            await tx.execute(text(f'CREATE SCHEMA "{schema}"'))
        await tx.execute(text("CREATE TABLE IF NOT EXISTS works_with (revision text PRIMARY KEY)"))
        await tx.run_sync(run)
        await tx.execute(_WORKS_WITH, {"revision": scripts.get_current_head()})


async def require_schema(engine: AsyncEngine, schema: str, migrations: Path) -> None:
    """Raises Stuck, saying what to do, where the schema is not one that this code works with.

    One that is newer does as long as no migration has said otherwise: while an upgrade is rolled out, and after it was
    rolled back, the version before runs on the new schema. See docs/upgrading.md.
    """
    wanted = _scripts(migrations).get_current_head()

    def current(connection: Connection) -> str | None:
        return MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()

    async with transaction(engine) as tx:
        found = await tx.run_sync(current)
        if found == wanted or await _works(tx, schema, wanted):
            return
    if found in {script.revision for script in _scripts(migrations).walk_revisions()} or not found:
        raise Stuck(f"schema {schema} is at {found or 'nothing'}, this code needs {wanted}: run the migrate command")
    raise Stuck(f"schema {schema} is at {found} and no longer works with this code ({wanted}): run the newer version")


async def _works(tx: AsyncConnection, schema: str, revision: str | None) -> bool:
    if await tx.scalar(text("SELECT to_regclass(:name)"), {"name": f'"{schema}".works_with'}) is None:
        return False
    listed = text(f'SELECT 1 FROM "{schema}".works_with WHERE revision = :revision')  # noqa: S608 - a name of ours
    return bool(await tx.scalar(listed, {"revision": revision}))


async def wait_for_schema(schema: str, migrations: Path, seconds: float = WAIT_SECONDS) -> int:
    """What ``python -m SERVICE wait`` does: return once the schema is one that this code works with.

    Raises Stuck or Unavailable with the last reason after ``seconds``.
    """
    engine = create_engine(load_settings(DatabaseSettings).database_url, schema)
    deadline = time.monotonic() + seconds
    try:
        while True:
            try:
                await require_schema(engine, schema, migrations)
                return 0
            except (Stuck, Unavailable):
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await engine.dispose()


async def migrate(schema: str, migrations: Path) -> int:
    """What ``python -m SERVICE migrate`` does. It needs DATABASE_URL alone. Returns the exit code.

    Raises:
        Stuck: DATABASE_URL is missing.
        Unavailable: the database is away.
    """
    engine = create_engine(load_settings(DatabaseSettings).database_url, schema)
    try:
        await upgrade(engine, schema, migrations)
    finally:
        await engine.dispose()
    return 0


def schema_commands(schema: str, migrations: Path) -> Commands:
    """``migrate`` and ``wait``, for the command line of a service that owns tables."""
    return {
        "migrate": ("bring the database schema to this version and exit", partial(migrate, schema, migrations)),
        "wait": ("wait until the schema is one this version works with", partial(wait_for_schema, schema, migrations)),
    }
