"""A database of each run's own, and what PostgreSQL says it did."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

APPLIED = "SELECT coalesce(sum(next_offset), 0)::bigint FROM scoring.stream_offset"
WRITTEN = "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database()"
LOGGED = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
SIZE = "SELECT pg_database_size(current_database())"


@dataclass(frozen=True, slots=True)
class Written:
    """So far: rows inserted, updated or deleted; bytes of write-ahead log; bytes that the database has now."""

    rows: int
    logged_bytes: int
    size_bytes: int


class Database:
    def __init__(self, url: str, connection: asyncpg.Connection) -> None:
        self.url = url
        self._connection = connection

    async def applied(self) -> int:
        """How many records scoring has applied, as it stands in its own table of offsets."""
        return int(await self._connection.fetchval(APPLIED))

    async def written(self) -> Written:
        """Sessions tell what they did when they are idle for a second: ask after a while."""
        rows, logged, size = [int(await self._connection.fetchval(sql)) for sql in (WRITTEN, LOGGED, SIZE)]
        return Written(rows, logged, size)


@asynccontextmanager
async def fresh(url: str, name: str) -> AsyncIterator[Database]:
    """An empty database on that server, gone afterwards."""
    admin = await asyncpg.connect(url)
    own = f"{url.rpartition('/')[0]}/{name}"
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{name}"')
        await admin.execute("CHECKPOINT")
        connection = await asyncpg.connect(own)
        try:
            yield Database(own, connection)
        finally:
            await connection.close()
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()
