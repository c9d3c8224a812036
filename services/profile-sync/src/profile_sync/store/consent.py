"""Whether free text and habits may be read: for a whole tenant, or for one customer."""

from collections.abc import Collection

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.preferences import Customer
from profile_sync.store import columns

WHOLE_TENANT = ""
"""Stands for the customer's id."""


async def refused(tx: AsyncConnection, customers: Collection[Customer]) -> set[Customer]:
    """Those of the customers who, or whose tenant, does not allow it. A refusal by either counts."""
    rows = await tx.execute(_REFUSED, columns(Customer._fields, sorted(customers)))
    return {Customer(row.tenant, row.customer_id) for row in rows}


async def alone(tx: AsyncConnection, tenant: str) -> None:
    """Nothing of this tenant is noted until the end of ``tx``: whoever notes holds ``erased.share``."""
    await tx.execute(_ALONE, {"tenant": tenant})


async def stands(tx: AsyncConnection, who: Customer) -> RowMapping | None:
    """What was said last, by whom and when; None where nothing was."""
    return (await tx.execute(_STANDS, who._asdict())).mappings().one_or_none()


async def set_allowed(tx: AsyncConnection, who: Customer, allowed: bool, by: str) -> bool:
    """Returns whether that is a change."""
    done = await tx.execute(_SET, {**who._asdict(), "allowed": allowed, "by": by})
    return done.rowcount == 1


_REFUSED = text("""
    SELECT asked.tenant, asked.customer_id
    FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[])) AS asked (tenant, customer_id)
    WHERE EXISTS (
        SELECT FROM consent WHERE consent.tenant = asked.tenant AND NOT allowed
            AND consent.customer_id IN ('', asked.customer_id)
    )
""")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('amends notes'), hashtext(:tenant))")
_STANDS = text("SELECT allowed, set_by, set_at FROM consent WHERE tenant = :tenant AND customer_id = :customer_id")
_SET = text("""
    INSERT INTO consent (tenant, customer_id, allowed, set_by) VALUES (:tenant, :customer_id, :allowed, :by)
    ON CONFLICT (tenant, customer_id) DO UPDATE SET
        allowed = excluded.allowed, set_by = excluded.set_by, set_at = now()
    WHERE consent.allowed <> excluded.allowed
""")
