"""Who asked to be forgotten: their rows go at once, what the CRM holds of ours is cleared by the pusher.

Their id is kept as a digest, for ever: what is replayed or comes late under it finds nobody.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events import codec
from profile_sync.core.habits import SOURCE
from profile_sync.core.preferences import Customer
from profile_sync.store import columns


async def share(tx: AsyncConnection, tenants: Iterable[str]) -> None:
    """Before anything is written about customers: nobody of these tenants is erased until the end of ``tx``."""
    for tenant in sorted(set(tenants)):
        await tx.execute(_SHARE, {"tenant": tenant})


async def among(tx: AsyncConnection, customers: Collection[Customer]) -> set[Customer]:
    """Those of the customers who were erased."""
    by_digest = {(each.tenant, _digest(each)): each for each in customers}
    rows = await tx.execute(_AMONG, columns(("tenant", "customer"), sorted(by_digest)))
    return {by_digest[row.tenant, row.customer] for row in rows}


async def erase(tx: AsyncConnection, customers: Collection[Customer]) -> None:
    """Forget everything of these customers here, and have the CRM's fields of ours cleared."""
    for tenant in sorted({each.tenant for each in customers}):
        await tx.execute(_HOLD, {"tenant": tenant})
    who = sorted(customers)
    await tx.execute(_REMEMBER, columns(("tenant", "customer"), [(each.tenant, _digest(each)) for each in who]))
    ids = columns(Customer._fields, who)
    for statement in _FORGET:
        await tx.execute(statement, {**ids, "habit": SOURCE})
    await tx.execute(_CLEAR, ids)


def _digest(customer: Customer) -> bytes:
    return codec.key_of(*customer)


_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('amends notes'), hashtext(:tenant))")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtext('amends notes'), hashtext(:tenant))")
_AMONG = text("""
    SELECT tenant, customer FROM erased_customer
    WHERE (tenant, customer) IN (SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer AS bytea[])))
""")
_REMEMBER = text("""
    INSERT INTO erased_customer (tenant, customer)
    SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer AS bytea[]))
    ON CONFLICT DO NOTHING
""")
_WHO = "(SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[])))"
# A response keeps which report speaks, without words: a newer report of it must still be known as newer.
_FORGET = tuple(
    text(f"{statement} IN {_WHO}{rest}")
    for statement, rest in (
        (
            "UPDATE response SET comment = NULL FROM note WHERE note.tenant = response.tenant"
            " AND note.source = response.source AND note.response_id = response.response_id"
            " AND (note.tenant, note.customer_id)",
            "",
        ),
        ("DELETE FROM response WHERE source = :habit AND (tenant, response_id)", ""),
        ("DELETE FROM note WHERE (tenant, customer_id)", ""),
        ("DELETE FROM contact WHERE (tenant, customer_id)", ""),
        ("DELETE FROM consent WHERE (tenant, customer_id)", ""),
        ("DELETE FROM announcement WHERE (tenant, customer_id)", ""),
    )
)
_CLEAR = text(f"""
    UPDATE crm_push SET
        erasing = true, version = version + 1, state = 'pending', due_at = now(), attempts = 0, reason = NULL,
        failing_since = NULL, pending_since = coalesce(pending_since, now()), noted_at = now(),
        sweep = NULL, drifted = NULL, drifted_at = NULL
    WHERE (tenant, customer_id) IN {_WHO}
""")  # noqa: S608
