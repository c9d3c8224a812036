"""Which notes have run out since somebody last looked."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.preferences import Customer


async def customers(tx: AsyncConnection, most: int) -> set[Customer]:
    """Up to so many customers with a note that counts though its time is over, the longest overdue first."""
    rows = await tx.execute(_CUSTOMERS, {"most": most})
    return {Customer(row.tenant, row.customer_id) for row in rows}


_CUSTOMERS = text("""
    SELECT tenant, customer_id FROM note
    WHERE status IN ('active', 'proposed') AND expires_at <= now()
    ORDER BY expires_at LIMIT :most
""")
