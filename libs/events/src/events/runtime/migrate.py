"""Schema migrations: one PostgreSQL schema per service, one alembic history per service, run one at a time."""

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.configuration import DatabaseSettings, load_settings
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Stuck


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

    def run(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"fn": steps, "version_table_schema": schema})
        with Operations.context(context):
            context.run_migrations()

    async with transaction(engine) as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"migrate {schema}"})
        await tx.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        await tx.run_sync(run)


async def require_newest(engine: AsyncEngine, schema: str, migrations: Path) -> None:
    """Raises Stuck, saying what to run, where the schema is not the one this code was written for."""
    wanted = _scripts(migrations).get_current_head()

    def current(connection: Connection) -> str | None:
        return MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()

    async with transaction(engine) as tx:
        found = await tx.run_sync(current)
    if found != wanted:
        raise Stuck(f"schema {schema} is at {found or 'nothing'}, this code needs {wanted}: run the migrate command")


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
