"""A database of the demo's own, so that it never writes into one that matters."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.engine import make_url

from amends.errors import CommandError

CALL_SECONDS = 20.0


@asynccontextmanager
async def own_database(server: str, *, drop: bool) -> AsyncIterator[str]:
    """The URL of a new database ``amends_demo_<random>`` on the server that ``server`` names; dropped at the end.

    Args:
        drop: False where the whole server goes away anyway.
    """
    url = make_url(server).set(drivername="postgresql")
    name = f"amends_demo_{secrets.token_hex(4)}"
    await _execute(url.render_as_string(hide_password=False), f'CREATE DATABASE "{name}"')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        if drop:
            await _execute(url.render_as_string(hide_password=False), f'DROP DATABASE "{name}" WITH (FORCE)')


async def _execute(url: str, statement: str) -> None:
    try:
        connection = await asyncpg.connect(url, timeout=CALL_SECONDS)
        try:
            await connection.execute(statement, timeout=CALL_SECONDS)
        finally:
            await connection.close(timeout=CALL_SECONDS)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise CommandError(f"the demo's own database: {statement.split(' ', 1)[0]} failed: {error}") from error
