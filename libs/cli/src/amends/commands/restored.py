"""``amends restored``: what a restored database needs once, before anything runs on it."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import asyncpg
import typer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from amends.console import out
from amends.errors import CommandError

CALL_SECONDS = 600.0
STEPS = {
    "ingest": "ingest: {} contacts told of in pieces go on beyond what was told of them since",
    "alerting": 'alerting: {} cases that wait or closed lately are told on "alerts" anew',
    "profile_sync": 'profile-sync: {} notes are told on "customer-notes" anew',
}
"""The schemas that have a function ``restored()``, and what it did."""
_SCHEMAS = """
    SELECT nspname, has_schema_privilege(oid, 'USAGE'),
        EXISTS (SELECT FROM pg_proc WHERE pronamespace = n.oid AND proname = 'restored')
    FROM pg_namespace n WHERE nspname = ANY($1)
"""

EXAMPLES = """Example:

DATABASE_URL=postgresql://amends@db/amends amends restored
"""


def register(app: typer.Typer) -> None:
    app.command("restored", epilog=EXAMPLES)(restored)


def restored(
    database: Annotated[
        str, typer.Option("--database", envvar="DATABASE_URL", metavar="URL", help="postgresql://user@host/name")
    ],
) -> None:
    """Make a restored database converge with what was told since its backup.

    Once, after the migrations and before the services start, as a superuser or as the role of each service in turn:
    see docs/backup.md.
    """
    asyncio.run(tell_anew(_address(database)))


def _address(database: str) -> str:
    try:
        url = make_url(database)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise CommandError("the database address is not postgresql://user@host:port/database")
    return url.set(drivername="postgresql").render_as_string(False)


async def tell_anew(url: str) -> None:
    """Says of each schema what was done. Raises CommandError, also where nothing was."""
    try:
        connection = await asyncpg.connect(url, timeout=20)
        try:
            missing = _missing({name: rest for name, *rest in await connection.fetch(_SCHEMAS, list(STEPS))})
            for schema, said in STEPS.items():
                done = None
                if schema not in missing:
                    done = await connection.fetchval(f"SELECT {schema}.restored()", timeout=CALL_SECONDS)
                out.print(said.format(done) if schema not in missing else f"{_name(schema)}: {missing[schema]}")
        finally:
            await connection.close(timeout=20)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise CommandError(f"the database: {error}") from error
    if len(missing) == len(STEPS):
        raise CommandError("nothing was done: no schema of ingest, alerting or profile-sync that this role may use")


def _missing(found: Mapping[str, list[bool]]) -> dict[str, str]:
    """Why nothing can be done in a schema. Raises CommandError where one has yet to be migrated."""
    why: dict[str, str] = {}
    for schema in STEPS:
        usable, made = found.get(schema, (False, True))
        if schema not in found:
            why[schema] = "nothing done: there is no such schema here"
        elif not usable:
            why[schema] = "nothing done: it is not this role's; run this again with the service's own DATABASE_URL"
        elif not made:
            raise CommandError(f"{_name(schema)}: its schema is older than this command: run its migrate command first")
    return why


def _name(schema: str) -> str:
    return schema.replace("_", "-")
