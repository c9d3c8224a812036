"""A database whose clock a test moves: ``now()`` is a function of ours in the service's own schema."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade

_CLOCK = (
    "CREATE SCHEMA {schema}",
    "CREATE TABLE {schema}.clock (shows timestamptz NOT NULL)",
    "INSERT INTO {schema}.clock VALUES ('2026-01-01T00:00Z')",
    "CREATE FUNCTION {schema}.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT shows FROM {schema}.clock'",
)


class MovingClock:
    """Before PostgreSQL's own functions come those of the schema, so its ``now()`` is the one that everything asks."""

    def __init__(self, url: str, schema: str) -> None:
        self.engine: AsyncEngine = create_engine(url, f"{schema}, pg_catalog", pool_size=10)
        self._schema = schema

    async def migrate(self, migrations: Path) -> None:
        async with transaction(self.engine) as tx:
            for statement in _CLOCK:
                await tx.execute(text(statement.format(schema=self._schema)))
        await upgrade(self.engine, self._schema, migrations)

    async def set(self, moment: datetime) -> None:
        async with transaction(self.engine) as tx:
            await tx.execute(text("UPDATE clock SET shows = :moment"), {"moment": moment})

    async def close(self) -> None:
        await self.engine.dispose()
