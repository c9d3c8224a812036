"""What profile-sync deletes, and when, beside what runs out (``expiring``, ``claiming``). Over all tenants."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.runtime.old_rows import Walk, rows, spare
from events.runtime.retention import Place, Rule, Step

SWEEPS = timedelta(days=400)
"""The schedule asks when the last one was, at most 2,400 hours ago."""
CONTACTS_OF_ERASED = timedelta(days=400)
"""No record of such a contact can be read again by then: dead letters stay 90 days."""

_PAST = """
    ({note}.status IN ('superseded', 'retracted', 'expired') AND {note}.status_at < now() - CAST(:age AS interval)
    AND coalesce({note}.decided_at, {note}.status_at) < now() - CAST(:age AS interval))
"""
# What is heard keeps its place although it is past (core/merge): what was said before it does not hold again. And what
# is not sure alone holds because others say the same. While one of those stays, so does it.
_GOES = f"""
    {_PAST.format(note="n")} AND (
        n.decision IS NOT DISTINCT FROM 'rejected' OR n.status = 'expired'
        OR (
            SELECT (r.version, r.event_id) <> (n.version, n.event_id) FROM response r
            WHERE (r.tenant, r.source, r.response_id) = (n.tenant, n.source, n.response_id)
        )
        OR NOT EXISTS (
            SELECT FROM note o WHERE (o.tenant, o.customer_id) = (n.tenant, n.customer_id)
                AND (o.kind, o.item) = (n.kind, n.item) AND o.note_id <> n.note_id
                AND (o.stated_at <= n.stated_at
                    OR (o.confidence < 1 AND lower(CAST(o.value AS text)) = lower(CAST(n.value AS text))))
                AND o.decision IS DISTINCT FROM 'rejected' AND o.status <> 'expired' AND NOT {_PAST.format(note="o")}
        )
    )
"""  # noqa: S608  (ours)
_STATUSES = "status IN ('superseded', 'retracted', 'expired')"  # as the index says it
_LOOKED = Walk("note", "status_at", ("tenant", "note_id"), among=_STATUSES)
_OF_LOOKED = "(n.tenant, n.note_id) IN (SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:note_id AS text[])))"
# Whoever notes, decides or erases holds the customer's row; notes of those are looked at another time.
_CUSTOMERS = text(f"""
    SELECT tenant, customer_id FROM crm_push
    WHERE (tenant, customer_id) IN (SELECT n.tenant, n.customer_id FROM note n WHERE {_OF_LOOKED} AND {_GOES})
    ORDER BY tenant, customer_id FOR UPDATE SKIP LOCKED
""")  # noqa: S608  (ours)
_NOTES = text(f"""
    DELETE FROM note n WHERE {_OF_LOOKED} AND {_GOES} AND (n.tenant, n.customer_id) IN (
            SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:customers AS text[]))
        )
""")  # noqa: S608


def rules(notes: timedelta | None, audit: timedelta | None) -> list[Rule]:
    """In the order in which they make each other possible."""
    silent = (
        "NOT EXISTS (SELECT FROM note n"
        " WHERE n.tenant = t.tenant AND n.source = t.source AND n.response_id = t.response_id)"
    )
    responses = spare("response", "told_at", ("tenant", "source", "response_id"), only=silent)
    return [
        Rule("note", notes, _delete_notes, at_once=1_000),
        Rule("response", notes, responses),
        Rule("erased_contact", CONTACTS_OF_ERASED, rows("erased_contact", "erased_at")),
        Rule("sweep", SWEEPS, rows("sweep", "coalesce(finished_at, cancelled_at)")),
        Rule("audit_entry", audit, rows("audit_entry", "at")),
    ]


async def _delete_notes(tx: AsyncConnection, age: timedelta, most: int, after: Place) -> Step:
    looked = await _LOOKED.look(tx, age, most, after)
    values = {**looked.columns, "age": age}
    free = [tuple(row) for row in await tx.execute(_CUSTOMERS, values)]
    tenants, customers = [row[0] for row in free], [row[1] for row in free]
    gone = (await tx.execute(_NOTES, {**values, "tenants": tenants, "customers": customers})).rowcount if free else 0
    return Step(gone, looked.place, looked.seen)
