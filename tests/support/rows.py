"""Everything a service has in its schema, as text: to look for what must not be there."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction


async def whole(engine: AsyncEngine, schema: str) -> dict[str, str]:
    """Every table → all its rows, as text."""
    found = {}
    async with transaction(engine) as tx:
        names = await tx.execute(
            text(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = :schema AND table_type = 'BASE TABLE' ORDER BY table_name"
            ),
            {"schema": schema},
        )
        for name in names.scalars().all():
            rows = await tx.execute(text(f'SELECT CAST(t AS text) FROM "{schema}"."{name}" AS t'))
            found[name] = "\n".join(rows.scalars())
    return found
