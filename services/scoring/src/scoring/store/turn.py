"""Work that one replica does at a time."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def mine(tx: AsyncConnection, job: str) -> bool:
    """Whether nobody else does ``job`` now. Then nobody else will until this transaction ends."""
    name = f"amends scoring {job}"
    return bool(await tx.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext(:name))"), {"name": name}))
