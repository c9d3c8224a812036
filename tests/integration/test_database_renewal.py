"""A role's password is changed in PostgreSQL and in the file of the address: a service that is up goes on with it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from amends.local.postgres import PostgresServer
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Unavailable
from support.services import house
from support.until import until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One that asks everybody for a password."""
    found = PostgresServer(tmp_path_factory.mktemp("renewal") / "postgres", password="first")
    found.start()
    try:
        yield found
    finally:
        found.close()
        found.remove_data()


@pytest.fixture
async def owner(server: PostgresServer) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(server.url, "public")
    async with transaction(engine) as tx:
        await tx.execute(text("CREATE ROLE scoring LOGIN PASSWORD 'first'"))
        await tx.execute(text("GRANT CREATE ON DATABASE amends TO scoring"))
    try:
        yield engine
    finally:
        async with transaction(engine) as tx:
            await tx.execute(text("DROP OWNED BY scoring"))
            await tx.execute(text("DROP ROLE scoring"))
        await engine.dispose()


@pytest.fixture
def file(server: PostgresServer, tmp_path: Path) -> Path:
    found = tmp_path / "secrets" / "DATABASE_URL"
    found.parent.mkdir()
    found.write_text(f"{server.url_of('scoring', 'first')}\n")
    return found


@pytest.fixture
async def service(server: PostgresServer, owner: AsyncEngine, file: Path) -> AsyncIterator[AsyncEngine]:
    found = create_engine(server.url_of("scoring", "first"), "public", pool_size=1, renewed_in=file)
    yield found
    await found.dispose()


def holds(file: Path, content: str | None) -> None:
    """None: the file is gone."""
    file.unlink()
    if content is not None:
        file.write_text(content)


async def who(engine: AsyncEngine) -> str:
    async with transaction(engine) as tx:
        return str(await tx.scalar(text("SELECT current_user")))


async def change(owner: AsyncEngine, statement: str) -> None:
    """And end every connection of the role, as a failover does."""
    async with transaction(owner) as tx:
        await tx.execute(text(statement))
        await tx.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'scoring'"))


async def test_a_new_password_is_waited_for_and_then_used_without_a_restart(
    server: PostgresServer, owner: AsyncEngine, service: AsyncEngine, file: Path
) -> None:
    assert await who(service) == "scoring"
    await change(owner, "ALTER ROLE scoring PASSWORD 'second'")
    for _ in range(2):  # the connection that was ended, and one that is refused
        with pytest.raises(Unavailable):
            await who(service)
    holds(file, f"{server.url_of('scoring', 'second')}\n")
    assert await who(service) == "scoring"


@pytest.mark.parametrize("content", ["", "no address", None])
async def test_a_file_that_cannot_be_used_leaves_what_was_valid_before(
    owner: AsyncEngine, service: AsyncEngine, file: Path, content: str | None
) -> None:
    holds(file, content)
    assert await who(service) == "scoring"


@pytest.mark.parametrize("name", ["scoring", "alerting", "profile-sync"])
async def test_a_service_that_is_up_is_ready_again_once_the_file_has_the_new_password(
    name: str, server: PostgresServer, owner: AsyncEngine, file: Path, free_port: int
) -> None:
    async with house(file.parent.parent, f"127.0.0.1:{free_port}", "") as rooms, httpx.AsyncClient() as http:
        rooms.environ |= {"SECRETS_DIR": str(file.parent), "PROFILE_SYNC_CRM_URL": "http://127.0.0.1:9/{customer_id}"}
        running = await rooms.add(name, PROFILE_SYNC_CRM_TOKEN="token")

        async def answers(status: int) -> bool:
            return (await http.get(f"{running.url}/readyz")).status_code == status

        await change(owner, "ALTER ROLE scoring PASSWORD 'second'")
        await until(lambda: answers(503), "the old password is refused")
        holds(file, server.url_of("scoring", "second"))
        await until(lambda: answers(200), "the new one is used")


async def test_another_place_counts_with_the_next_start_alone(
    server: PostgresServer, service: AsyncEngine, file: Path
) -> None:
    holds(file, server.url_of("scoring", "first").replace("/amends", "/postgres"))
    async with transaction(service) as tx:
        assert await tx.scalar(text("SELECT current_database()")) == "amends"
