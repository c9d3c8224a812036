"""An empty database with the schema of alerting, as its migrations make it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.store.schema import MIGRATIONS, SCHEMA
from events.runtime.database import create_engine
from events.runtime.migrate import upgrade


@asynccontextmanager
async def migrated(database_url: str, *, pool_size: int = 5) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA, pool_size=pool_size)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    try:
        yield engine
    finally:
        await engine.dispose()
