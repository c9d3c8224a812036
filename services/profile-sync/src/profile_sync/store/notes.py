"""Notes and the newest report of each response: loaded under lock, saved as they came out of the merge."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.merge import Book
from profile_sync.core.preferences import Customer, Note, NoteId, Report, ResponseId, Said, Slot, Stamp, Status
from profile_sync.store import columns

# Of a response nobody has reported yet: below every real stamp, so the first report becomes the head.
_NOTHING = Stamp(-1, "")


async def load(tx: AsyncConnection, reports: Sequence[Report]) -> tuple[Book, dict[NoteId, Status]]:
    """What is known of these responses and of every customer they speak or spoke of, locked until the end of ``tx``.

    Locks are taken in one order (responses, then customers, each sorted), so that two members cannot deadlock.
    """
    heads = await _lock_responses(tx, sorted({report.response for report in reports}))
    customers = {note.customer for report in reports for note in report.notes}
    customers |= await _customers_of(tx, heads)
    await _lock_customers(tx, sorted(customers))
    rows = (await tx.execute(_NOTES, columns(Customer._fields, sorted(customers)))).all()
    notes = {note.id: (note, row) for note, row in ((_note(row), row) for row in rows)}
    heads |= {note.response: Stamp(row.head_version, row.head_event) for note, row in notes.values()}
    statuses = {id_: Status(row.status) for id_, (_, row) in notes.items()}
    return Book(heads, {id_: note for id_, (note, _) in notes.items()}), statuses


async def active(tx: AsyncConnection, customers: Sequence[Customer]) -> dict[Customer, list[Note]]:
    """What each of these customers wants now."""
    found: dict[Customer, list[Note]] = {customer: [] for customer in customers}
    for note in map(_note, await tx.execute(_ACTIVE, columns(Customer._fields, customers))):
        found[note.customer].append(note)
    return found


async def save_heads(tx: AsyncConnection, heads: Mapping[ResponseId, Stamp]) -> None:
    rows = [(*id_, *stamp) for id_, stamp in heads.items()]
    await tx.execute(_SAVE_HEADS, columns((*ResponseId._fields, *Stamp._fields), rows))


async def save_notes(tx: AsyncConnection, notes: Mapping[NoteId, Note], statuses: Mapping[NoteId, Status]) -> None:
    """Insert those of the notes that are new and set the status of those that are not."""
    rows = [_row(notes[id_], status) for id_, status in statuses.items()]
    await tx.execute(_SAVE_NOTES, columns(_COLUMNS, rows))


async def _lock_responses(tx: AsyncConnection, responses: Sequence[ResponseId]) -> dict[ResponseId, Stamp]:
    keys = columns(ResponseId._fields, responses)
    await tx.execute(_ADD_RESPONSES, {**keys, **_NOTHING._asdict()})
    rows = await tx.execute(_LOCK_RESPONSES, keys)
    return {ResponseId(r.tenant, r.source, r.response_id): Stamp(r.version, r.event_id) for r in rows}


async def _customers_of(tx: AsyncConnection, responses: Iterable[ResponseId]) -> set[Customer]:
    rows = await tx.execute(_CUSTOMERS_OF, columns(ResponseId._fields, responses))
    return {Customer(row.tenant, row.customer_id) for row in rows}


async def _lock_customers(tx: AsyncConnection, customers: Sequence[Customer]) -> None:
    keys = columns(Customer._fields, customers)
    await tx.execute(_ADD_CUSTOMERS, keys)
    await tx.execute(_LOCK_CUSTOMERS, keys)


def _note(row: Row[Any]) -> Note:
    return Note(
        ResponseId(row.tenant, row.source, row.response_id),
        Stamp(row.version, row.event_id),
        Customer(row.tenant, row.customer_id),
        Said(Slot(row.kind, row.channel), row.value, row.extractor),
        row.stated_at,
        row.recorded_at,
    )


_COLUMNS = (
    "tenant", "source", "event_id", "kind", "channel", "customer_id", "response_id", "version", "value", "extractor",
    "stated_at", "recorded_at", "status",
)  # fmt: skip


def _row(note: Note, status: Status) -> tuple[Any, ...]:
    identity = (*note.id[:3], *note.said.slot)
    where = (note.customer.customer_id, note.response.response_id, note.stamp.version)
    what = (json.dumps(note.said.value), note.said.extractor, note.stated_at, note.recorded_at)
    return (*identity, *where, *what, status.value)


_ADD_RESPONSES = text("""
    INSERT INTO response (tenant, source, response_id, version, event_id)
    SELECT keys.*, CAST(:version AS bigint), CAST(:event_id AS text)
    FROM unnest(CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[])) AS keys
    ON CONFLICT DO NOTHING
""")
_LOCK_RESPONSES = text("""
    SELECT tenant, source, response_id, version, event_id FROM response
    WHERE (tenant, source, response_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]))
    )
    ORDER BY tenant, source, response_id FOR UPDATE
""")
_CUSTOMERS_OF = text("""
    SELECT DISTINCT tenant, customer_id FROM note
    WHERE (tenant, source, response_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]))
    )
""")
_ADD_CUSTOMERS = text("""
    INSERT INTO crm_push (tenant, customer_id)
    SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]))
    ON CONFLICT DO NOTHING
""")
_LOCK_CUSTOMERS = text("""
    SELECT 1 FROM crm_push
    WHERE (tenant, customer_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]))
    )
    ORDER BY tenant, customer_id FOR UPDATE
""")
_NOTES = text("""
    SELECT note.*, head.version AS head_version, head.event_id AS head_event
    FROM note JOIN response AS head USING (tenant, source, response_id)
    WHERE (note.tenant, note.customer_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]))
    )
""")
_ACTIVE = text("""
    SELECT * FROM note
    WHERE status = 'active' AND (tenant, customer_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]))
    )
""")
_SAVE_HEADS = text("""
    UPDATE response SET version = new.version, event_id = new.event_id
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]),
        CAST(:version AS bigint[]), CAST(:event_id AS text[])
    ) AS new (tenant, source, response_id, version, event_id)
    WHERE (response.tenant, response.source, response.response_id) = (new.tenant, new.source, new.response_id)
""")
_SAVE_NOTES = text("""
    INSERT INTO note (
        tenant, source, event_id, kind, channel, customer_id, response_id, version, value, extractor,
        stated_at, recorded_at, status
    )
    SELECT new.tenant, source, event_id, kind, channel, customer_id, response_id, version, CAST(value AS jsonb),
        extractor, stated_at, recorded_at, status
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:event_id AS text[]), CAST(:kind AS text[]),
        CAST(:channel AS text[]), CAST(:customer_id AS text[]), CAST(:response_id AS text[]),
        CAST(:version AS bigint[]), CAST(:value AS text[]), CAST(:extractor AS text[]),
        CAST(:stated_at AS timestamptz[]), CAST(:recorded_at AS timestamptz[]), CAST(:status AS text[])
    ) AS new (
        tenant, source, event_id, kind, channel, customer_id, response_id, version, value, extractor,
        stated_at, recorded_at, status
    )
    ON CONFLICT (tenant, source, event_id, kind, channel) DO UPDATE SET status = excluded.status
""")
