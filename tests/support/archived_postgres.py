"""A PostgreSQL of a test's own that archives its WAL and is brought back to a moment, as docs/backup.md says it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from amends.local.postgres import PostgresServer
from amends.local.postgres_programs import find_programs, unprivileged_user
from support.until import until

BACK = """
mv {home}/data {home}/lost-{lost} && cp -a {home}/base {home}/data && touch {home}/data/recovery.signal
cat >> {home}/data/postgresql.auto.conf <<'.'
restore_command = 'cp {home}/archive/%f %p'
recovery_target_time = '{moment}'
recovery_target_timeline = '{timeline}'
recovery_target_action = 'promote'
.
"""


@dataclass
class ArchivedPostgres:
    """``home`` holds data, base and archive, and is the server's user's: the test's own directory may be shut to it."""

    server: PostgresServer
    home: Path
    lives: int = 1

    @property
    def url(self) -> str:
        return self.server.url

    async def ask(self, query: str) -> Any:
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    async def back_up(self) -> None:
        """A whole copy; what happens from here on is in the archive alone."""
        programs = find_programs(unprivileged_user(), self.home, os.environ).directory
        how = f"--pgdata={self.home}/base --checkpoint=fast --dbname={self.url}"
        await self._as_its_user(f"{programs}/pg_basebackup {how}")

    async def archive_all(self) -> None:
        """The segment that is being written too, although it is not full."""
        written = await self.ask("SELECT pg_walfile_name(pg_switch_wal())")
        await until((self.home / "archive" / written).exists, f"{written} is archived")

    async def go_back(self, moment: datetime, *, timeline: str = "latest") -> None:
        """To how it was then, and on from there in a timeline of its own."""
        await asyncio.to_thread(self.server.stop)
        lost, self.lives = self.lives, self.lives + 1
        await self._as_its_user(BACK.format(home=self.home, lost=lost, moment=moment, timeline=timeline))
        await asyncio.to_thread(self.server.start)
        await until(lambda: self.ask("SELECT NOT pg_is_in_recovery()"), f"it is at {moment} and takes writes")

    async def _as_its_user(self, script: str) -> None:
        uid, gid = unprivileged_user() or (None, None)
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-ec", script, user=uid, group=gid, extra_groups=None if uid is None else [], cwd="/",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()


@asynccontextmanager
async def archived_postgres(directory: Path) -> AsyncIterator[ArchivedPostgres]:
    """It runs on a port of its own; ended, and its data removed, at the end."""
    server = PostgresServer(directory / "postgres")
    try:
        await asyncio.to_thread(server.start)
        connection = await asyncpg.connect(server.url)
        home = Path(await connection.fetchval("SHOW data_directory")).parent
        found = ArchivedPostgres(server, home)
        await found._as_its_user(f"mkdir {home}/archive")
        await connection.execute("ALTER SYSTEM SET archive_mode = on")
        command = f"test ! -f {home}/archive/%f && cp %p {home}/archive/%f"
        await connection.execute(f"ALTER SYSTEM SET archive_command = '{command}'")
        await connection.close()
        await asyncio.to_thread(server.stop)  # archive_mode is read at the start
        await asyncio.to_thread(server.start)
        yield found
    finally:
        await asyncio.to_thread(server.close)
        server.remove_data()
