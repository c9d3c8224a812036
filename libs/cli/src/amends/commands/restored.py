"""``amends restored``: what a restored database needs once, before anything runs on it."""

import asyncio
from typing import Annotated

import asyncpg
import typer
from sqlalchemy.engine import make_url

from amends.console import out
from amends.errors import CommandError

CALL_SECONDS = 600.0
STEPS = {
    "alerting": 'alerting: {} cases that wait are told on "alerts" anew',
    "profile_sync": 'profile-sync: {} notes are told on "customer-notes" anew',
}
"""The schemas that have a function ``restored()``, and what it did."""

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
    """Make a restored database converge with what was told since its backup. Once, after amends migrate; see
    docs/backup.md."""
    for line in asyncio.run(_run(make_url(database).set(drivername="postgresql").render_as_string(False))):
        out.print(line)


async def _run(url: str) -> list[str]:
    """What was done. Raises CommandError."""
    try:
        connection = await asyncpg.connect(url, timeout=20)
        try:
            return [
                said.format(await connection.fetchval(f"SELECT {schema}.restored()", timeout=CALL_SECONDS))
                for schema, said in STEPS.items()
                if await connection.fetchval("SELECT to_regprocedure($1)", f"{schema}.restored()")
            ]
        finally:
            await connection.close(timeout=20)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise CommandError(f"the database: {error}") from error
