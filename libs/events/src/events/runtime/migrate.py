"""Schema migrations: one PostgreSQL schema per service, one alembic history per service, run one at a time.

The table ``works_with`` lists the revisions whose code works with the schema as it is. Each migration adds its own; one
that takes something away (the contract step) begins by deleting the revisions whose code still used it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.configuration import DatabaseSettings, load_settings
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Stuck, Unavailable
from events.runtime.schema_state import Fit, SchemaState, schema_state, scripts_of
from events.runtime.service import Commands

log = structlog.get_logger()

WAIT_SECONDS = 600.0
MIGRATE_SECONDS = 240.0
"""How long a database may be away: on a first installation everything starts at once."""
PAUSE_SECONDS = 1.0
_WORKS_WITH = text("INSERT INTO works_with (revision) VALUES (:revision) ON CONFLICT DO NOTHING")


async def upgrade(engine: AsyncEngine, schema: str, migrations: Path) -> None:
    """Bring ``schema`` to the newest revision in the folder ``migrations``. Others that try meanwhile wait.

    One that is newer, and works with this code, is left as it is: the version before is being gone back to.

    Raises:
        Unavailable: the database is away.
        Stuck: the schema is newer, and no longer works with this code.
    """
    async with transaction(engine) as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"migrate {schema}"})
        # Asked first: to create one that exists takes the right to create any, which a service need not have.
        if not await tx.scalar(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": schema}):
            await tx.execute(text(f'CREATE SCHEMA "{schema}"'))
        state = await schema_state(tx, schema, migrations)
        if state.fit is Fit.APART:
            raise _unfit(schema, state)
        if state.fit is Fit.AHEAD:
            log.info("the schema is newer, and works with this version", found=state.found, wanted=state.wanted)
            return
        await tx.execute(text("CREATE TABLE IF NOT EXISTS works_with (revision text PRIMARY KEY)"))
        if state.found:  # it may be older than that table
            await tx.execute(_WORKS_WITH, {"revision": state.found})
        await tx.run_sync(_to_head, schema, migrations)


def _to_head(connection: Connection, schema: str, migrations: Path) -> None:
    """What alembic's own upgrade command does, in the transaction of ``connection``."""
    scripts = scripts_of(migrations)

    def steps(revision: Any, _: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)

    opts = {"fn": steps, "version_table_schema": schema, "on_version_apply": (_note_works_with,)}
    context = MigrationContext.configure(connection, opts=opts)
    with Operations.context(context):
        context.run_migrations()


def _note_works_with(step: MigrationInfo, ctx: MigrationContext, **_: Any) -> None:
    if ctx.connection is not None:
        ctx.connection.execute(_WORKS_WITH, {"revision": step.up_revision_id})


async def require_schema(engine: AsyncEngine, schema: str, migrations: Path) -> None:
    """Raises Stuck, saying what to do, where the schema is not one that this code works with.

    One that is newer does as long as no migration has said otherwise: while an upgrade is rolled out, and after it was
    rolled back, the version before runs on the new schema. See docs/upgrading.md.
    """
    async with transaction(engine) as tx:
        state = await schema_state(tx, schema, migrations)
    if state.fit in (Fit.BEHIND, Fit.APART):
        raise _unfit(schema, state)


def _unfit(schema: str, state: SchemaState) -> Stuck:
    found = f"schema {schema} is at {state.found or 'nothing'}"
    if state.fit is Fit.BEHIND:
        return Stuck(f"{found}, this code needs {state.wanted}: run the migrate command")
    return Stuck(f"{found} and no longer works with this code ({state.wanted}): run the newer version")


async def wait_for_schema(schema: str, migrations: Path, seconds: float = WAIT_SECONDS) -> int:
    """What ``python -m SERVICE wait`` does: return once the schema is one that this code works with.

    Raises Stuck or Unavailable with the last reason after ``seconds``.
    """
    return await _done(require_schema, schema, migrations, seconds, later=(Stuck, Unavailable))


async def migrate(schema: str, migrations: Path, seconds: float = MIGRATE_SECONDS) -> int:
    """What ``python -m SERVICE migrate`` does. It needs DATABASE_URL alone. Returns the exit code.

    Raises:
        Stuck: DATABASE_URL is missing, or the schema is newer and no longer works with this code.
        Unavailable: the database is away, ``seconds`` long.
    """
    return await _done(upgrade, schema, migrations, seconds, later=(Unavailable,))


async def _done(
    what: Callable[[AsyncEngine, str, Path], Awaitable[None]],
    schema: str,
    migrations: Path,
    seconds: float,
    *,
    later: tuple[type[Exception], ...],
) -> int:
    """Do it, again and again while it raises one of ``later``; say why, once for each reason."""
    engine = create_engine(load_settings(DatabaseSettings).database_url, schema)
    deadline, said = time.monotonic() + seconds, ""
    try:
        while True:
            try:
                await what(engine, schema, migrations)
                return 0
            except later as error:
                if time.monotonic() > deadline:
                    raise
                if str(error) != said:
                    said = str(error)
                    log.info("waiting", why=said)
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await engine.dispose()


def schema_commands(schema: str, migrations: Path) -> Commands:
    """``migrate`` and ``wait``, for the command line of a service that owns tables."""
    return {
        "migrate": ("bring the database schema to this version and exit", partial(migrate, schema, migrations)),
        "wait": ("wait until the schema is one this version works with", partial(wait_for_schema, schema, migrations)),
    }
