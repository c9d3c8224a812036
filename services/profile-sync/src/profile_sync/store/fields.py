"""What we did to each field in the CRM: what was last written, what may have been, and which a human holds."""

import json
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.converge import Memory, Plan
from profile_sync.core.preferences import Customer
from profile_sync.store import columns


async def memory(tx: AsyncConnection, customers: Sequence[Customer]) -> dict[Customer, dict[str, Memory]]:
    found: dict[Customer, dict[str, Memory]] = {customer: {} for customer in customers}
    for row in await tx.execute(_MEMORY, columns(Customer._fields, customers)):
        written = row.written["value"] if row.written is not None else None
        known = Memory(written, tuple(row.attempted))
        found[Customer(row.tenant, row.customer_id)][row.field] = known
    return found


async def remember_attempts(tx: AsyncConnection, customer: Customer, known: dict[str, Memory], plan: Plan) -> None:
    """About to be written. A field that is cleared needs no memory: an empty one is always ours."""
    rows = []
    for name, want in plan.writes.items():
        before = known.get(name, Memory())
        if want is not None and not before.ours(want["value"]):
            rows.append((*customer, name, json.dumps([*before.attempted, want["value"]])))
    await tx.execute(_ATTEMPT, columns((*Customer._fields, "field", "attempted"), rows))


async def remember(tx: AsyncConnection, customer: Customer, plan: Plan) -> None:
    """The plan was carried out: the fields hold what was wanted, but for those a human holds."""
    told = {**plan.agreed, **plan.writes}
    rows = [(*customer, name, None if field is None else json.dumps(field)) for name, field in told.items()]
    await tx.execute(_TELL, columns((*Customer._fields, "field", "written"), rows))
    held = [(*customer, name) for name in sorted(plan.yielded)]
    await tx.execute(_YIELD, columns((*Customer._fields, "field"), held))
    await tx.execute(_UNYIELD, {**customer._asdict(), "yielded": sorted(plan.yielded)})


_MEMORY = text("""
    SELECT tenant, customer_id, field, written, attempted FROM crm_field
    WHERE (tenant, customer_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]))
    )
""")
_ATTEMPT = text("""
    INSERT INTO crm_field (tenant, customer_id, field, attempted)
    SELECT new.tenant, new.customer_id, new.field, CAST(new.attempted AS jsonb)
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:field AS text[]), CAST(:attempted AS text[])
    ) AS new (tenant, customer_id, field, attempted)
    ON CONFLICT (tenant, customer_id, field) DO UPDATE SET attempted = excluded.attempted
""")
_TELL = text("""
    INSERT INTO crm_field (tenant, customer_id, field, written, written_at)
    SELECT new.tenant, new.customer_id, new.field, CAST(new.written AS jsonb), now()
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:field AS text[]), CAST(:written AS text[])
    ) AS new (tenant, customer_id, field, written)
    ON CONFLICT (tenant, customer_id, field) DO UPDATE SET
        written = excluded.written,
        written_at = CASE
            WHEN crm_field.written IS DISTINCT FROM excluded.written THEN now() ELSE crm_field.written_at
        END,
        attempted = '[]',
        yielded_since = NULL
""")
_YIELD = text("""
    INSERT INTO crm_field (tenant, customer_id, field, yielded_since)
    SELECT new.tenant, new.customer_id, new.field, now()
    FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:field AS text[]))
        AS new (tenant, customer_id, field)
    ON CONFLICT (tenant, customer_id, field) DO UPDATE SET
        yielded_since = coalesce(crm_field.yielded_since, now())
""")
_UNYIELD = text("""
    UPDATE crm_field SET yielded_since = NULL
    WHERE tenant = :tenant AND customer_id = :customer_id AND yielded_since IS NOT NULL
        AND field <> ALL (CAST(:yielded AS text[]))
""")
