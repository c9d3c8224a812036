"""People's decisions about notes."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.decisions import READ_BETWEEN
from profile_sync.core.preferences import Customer, Decision, NoteId
from profile_sync.store import columns


async def lock(tx: AsyncConnection, tenant: str, note_id: NoteId) -> Customer | None:
    """Whose note it is, locked until the end of ``tx`` as everybody locks who changes notes; None without the note."""
    row = (await tx.execute(_LOCK, {"tenant": tenant, "note_id": note_id})).one_or_none()
    return None if row is None else Customer(row.tenant, row.customer_id)


async def record(tx: AsyncConnection, tenant: str, note_id: NoteId, decision: Decision, by: str) -> None:
    await tx.execute(_RECORD, {"tenant": tenant, "note_id": note_id, "decision": decision.value, "by": by})


async def withdrawable(tx: AsyncConnection, who: Customer, most: int) -> list[Customer]:
    """Of whom there is still something that was read between the lines, or words it was read from.

    ``who``: one customer, or without an id everybody of the tenant.
    """
    rows = await tx.execute(_WITHDRAWABLE, {**who._asdict(), "between": list(READ_BETWEEN), "most": most})
    return [Customer(row.tenant, row.customer_id) for row in rows]


async def withdraw(tx: AsyncConnection, customers: Collection[Customer], by: str) -> None:
    """Reject all of it, as if it had never been read, and forget the words. ``forget_withdrawn`` takes it out."""
    ids = columns(Customer._fields, sorted(customers))
    await tx.execute(_WITHDRAW, {**ids, "between": list(READ_BETWEEN), "by": by})
    await tx.execute(_BLANK, ids)


async def forget_withdrawn(tx: AsyncConnection, customers: Collection[Customer]) -> None:
    """Once whoever follows has heard of it: given again, consent is to what is read from then on."""
    ids = columns(Customer._fields, sorted(customers))
    await tx.execute(_FORGET_WITHDRAWN, {**ids, "between": list(READ_BETWEEN)})


async def seen_drift(tx: AsyncConnection, who: Customer) -> None:
    """Somebody knows that the CRM had lost something of ours: from now on only what is lost later is told."""
    await tx.execute(_SEEN_DRIFT, who._asdict())


_LOCK = text("""
    SELECT crm_push.tenant, crm_push.customer_id FROM crm_push JOIN note USING (tenant, customer_id)
    WHERE note.tenant = :tenant AND note_id = :note_id
    FOR UPDATE OF crm_push
""")
_RECORD = text("""
    UPDATE note SET decision = :decision, decided_by = :by, decided_at = now()
    WHERE tenant = :tenant AND note_id = :note_id
""")
_SEEN_DRIFT = text("""
    UPDATE crm_push SET drifted = NULL, drifted_at = NULL WHERE tenant = :tenant AND customer_id = :customer_id
""")
_BETWEEN = "split_part(extractor, '/', 1) = ANY(CAST(:between AS text[]))"
_WHO = "(SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[])))"
_WITHDRAWABLE = text(f"""
    SELECT DISTINCT tenant, customer_id
    FROM note LEFT JOIN response USING (tenant, source, response_id, version, event_id)
    WHERE tenant = :tenant AND (customer_id = :customer_id OR :customer_id = '') AND {_BETWEEN}
        AND (decision IS DISTINCT FROM 'rejected' OR comment IS NOT NULL)
    ORDER BY customer_id LIMIT :most
""")  # noqa: S608  (constants of ours)
_WITHDRAW = text(f"""
    UPDATE note SET decision = 'rejected', decided_by = :by, decided_at = now()
    WHERE (tenant, customer_id) IN {_WHO} AND {_BETWEEN} AND decision IS DISTINCT FROM 'rejected'
""")  # noqa: S608
_FORGET_WITHDRAWN = text(f"""
    DELETE FROM note WHERE (tenant, customer_id) IN {_WHO} AND {_BETWEEN}
""")  # noqa: S608
_BLANK = text(f"""
    UPDATE response SET comment = NULL FROM note
    WHERE note.tenant = response.tenant AND note.source = response.source AND note.response_id = response.response_id
        AND (note.version, note.event_id) = (response.version, response.event_id)
        AND (note.tenant, note.customer_id) IN {_WHO} AND comment IS NOT NULL
""")  # noqa: S608
