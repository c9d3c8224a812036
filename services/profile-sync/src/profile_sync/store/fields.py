"""What we did to each field in the CRM: what was last written, what may have been, and which a human holds."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.converge import Memory, Plan
from profile_sync.core.preferences import Customer, Value
from profile_sync.store import columns

Known = dict[str, Memory]
_PLACE = (*Customer._fields, "field")


async def memory(tx: AsyncConnection, customers: Sequence[Customer]) -> dict[Customer, Known]:
    found: dict[Customer, Known] = {customer: {} for customer in customers}
    for row in await tx.execute(_MEMORY, columns(Customer._fields, customers)):
        written = row.written["value"] if row.written is not None else None
        known = Memory(written, tuple(row.attempted), row.yielded_since is not None)
        found[Customer(row.tenant, row.customer_id)][row.field] = known
    return found


async def remember_attempts(tx: AsyncConnection, plans: Sequence[tuple[Customer, Known, Plan]]) -> None:
    """About to be written. A field that is cleared needs no memory: an empty one is always ours."""
    rows = [(*place, json.dumps([*before.attempted, value])) for place, before, value in _news(plans)]
    await _each(tx, _ATTEMPT, (*_PLACE, "attempted"), rows)


async def withdraw_attempts(tx: AsyncConnection, plans: Sequence[tuple[Customer, Known, Plan]]) -> None:
    """The plans were not carried out: only what was known before may be ours."""
    rows = [(*place, json.dumps(before.attempted)) for place, before, _ in _news(plans)]
    await _each(tx, _ATTEMPT, (*_PLACE, "attempted"), rows)


def _news(plans: Sequence[tuple[Customer, Known, Plan]]) -> Iterator[tuple[tuple[str, str, str], Memory, Value]]:
    """What would be written and was never before: where, what is known of that place, and the value."""
    for customer, known, plan in plans:
        for name, want in plan.writes.items():
            before = known.get(name, Memory())
            if want is not None and not before.ours(want["value"]):
                yield (*customer, name), before, want["value"]


async def remember(tx: AsyncConnection, plans: Sequence[tuple[Customer, Known, Plan]]) -> None:
    """The plans were carried out: the fields hold what was wanted, but for those a human holds."""
    told, held, left = [], [], []
    for customer, known, plan in plans:
        told += [(*customer, name, None if want is None else json.dumps(want)) for name, want in plan.told.items()]
        held += [(*customer, name) for name in plan.yielded]
        gone = {name for name, each in known.items() if each.yielded} - plan.yielded - plan.told.keys()
        left += [(*customer, name) for name in gone]
    await _each(tx, _TELL, (*_PLACE, "written"), told)
    await _each(tx, _YIELD, _PLACE, held)
    await _each(tx, _UNYIELD, _PLACE, left)


async def forget(tx: AsyncConnection, customers: Sequence[Customer]) -> None:
    await _each(tx, _FORGET, Customer._fields, customers)


async def _each(tx: AsyncConnection, statement: Any, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        await tx.execute(statement, columns(names, sorted(rows)))


_MEMORY = text("""
    SELECT tenant, customer_id, field, written, attempted, yielded_since FROM crm_field
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
    FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:field AS text[]))
        AS left_alone (tenant, customer_id, field)
    WHERE (crm_field.tenant, crm_field.customer_id, crm_field.field)
        = (left_alone.tenant, left_alone.customer_id, left_alone.field)
""")
_FORGET = text("""
    DELETE FROM crm_field WHERE (tenant, customer_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]))
    )
""")
