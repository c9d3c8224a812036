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


async def lock(tx: AsyncConnection, tenants: Collection[str], erasing: Collection[str]) -> None:
    """As ``share``, for whoever erases in some of the tenants. In one order, so that no two wait for each other."""
    for tenant in sorted({*tenants, *erasing}):
        await tx.execute(_HOLD if tenant in erasing else _SHARE, {"tenant": tenant})


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


async def contacts(tx: AsyncConnection, gone: Collection[tuple[str, str]]) -> None:
    """(tenant, interaction id) of contacts that turned out to be of somebody who was erased before."""
    ids = columns(("tenant", "interaction_id"), sorted(gone))
    await tx.execute(_REMEMBER_CONTACTS, ids)
    await tx.execute(_DROP_UNCLAIMED, ids)


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
_REMEMBER_CONTACTS = text("""
    INSERT INTO erased_contact (tenant, interaction_id)
    SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[]))
    ON CONFLICT DO NOTHING
""")
_DROP_UNCLAIMED = text("""
    DELETE FROM unclaimed WHERE (tenant, interaction_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[]))
    )
""")
_WHO = "(SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[])))"
# A response keeps which report speaks, without words: a newer report of it must still be known as newer.
_FORGET = tuple(
    text(f"{statement} IN {_WHO}{rest}")
    for statement, rest in (
        (
            "UPDATE response SET comment = NULL FROM note WHERE note.tenant = response.tenant"
            " AND note.source = response.source AND note.response_id = response.response_id"
            " AND note.version = response.version AND note.event_id = response.event_id"
            " AND (note.tenant, note.customer_id)",
            "",
        ),
        ("DELETE FROM response WHERE source = :habit AND (tenant, response_id)", ""),
        ("DELETE FROM note WHERE (tenant, customer_id)", ""),
        (
            "DELETE FROM unclaimed USING contact WHERE unclaimed.tenant = contact.tenant"
            " AND unclaimed.interaction_id = contact.interaction_id AND (contact.tenant, customer_id)",
            "",
        ),
        (
            "INSERT INTO erased_contact SELECT tenant, interaction_id FROM contact WHERE (tenant, customer_id)",
            " ON CONFLICT DO NOTHING",
        ),
        ("DELETE FROM contact WHERE (tenant, customer_id)", ""),
        ("DELETE FROM consent WHERE (tenant, customer_id)", ""),
        ("DELETE FROM announcement WHERE (tenant, customer_id)", ""),
        # A walk that had come as far as them goes on from whoever came before.
        (
            "UPDATE sweep SET after = coalesce((SELECT max(customer_id) FROM crm_push WHERE crm_push.tenant"  # noqa: S608
            f" = sweep.tenant AND customer_id < after AND (crm_push.tenant, customer_id) NOT IN {_WHO}), '')"
            " WHERE (tenant, after)",
            "",
        ),
    )
)
_CLEAR = text(f"""
    UPDATE crm_push SET
        erasing = true, version = version + 1, state = 'pending', due_at = now(), attempts = 0, reason = NULL,
        failing_since = NULL, pending_since = coalesce(pending_since, now()), noted_at = now(),
        sweep = NULL, drifted = NULL, drifted_at = NULL, origin = NULL
    WHERE (tenant, customer_id) IN {_WHO}
""")  # noqa: S608
