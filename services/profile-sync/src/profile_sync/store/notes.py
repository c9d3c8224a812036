"""Notes and the newest report of each response: loaded under lock, saved as they came out of the merge."""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.merge import Book
from profile_sync.core.preferences import (
    Customer,
    Note,
    NoteId,
    Report,
    ResponseId,
    Said,
    Slot,
    Stamp,
    Status,
)
from profile_sync.store import columns

# A response nobody has reported yet; below every real stamp, so the first report becomes the head.
_NOTHING = Stamp(-1, "")

_RESPONSES = "unnest(CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]))"
_CUSTOMERS = "unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]))"


async def load(tx: AsyncConnection, reports: Sequence[Report]) -> tuple[Book, dict[NoteId, Status]]:
    """What is known of these responses and of every customer they speak or spoke of, locked until the end of ``tx``.

    Locks are taken in one order (responses, then customers, each sorted), so that two members cannot deadlock.
    """
    heads = await _lock_responses(tx, sorted({report.response for report in reports}))
    customers = {note.customer for report in reports for note in report.notes}
    customers |= await _customers_of(tx, heads)
    await _lock_customers(tx, sorted(customers))
    found = await _notes(tx, sorted(customers))
    notes = [_note(row) for row in found]
    heads |= {note.response: Stamp(row.head_version, row.head_event) for note, row in zip(notes, found, strict=True)}
    return (
        Book(heads, {note.id: note for note in notes}),
        {note.id: Status(row.status) for note, row in zip(notes, found, strict=True)},
    )


async def _lock_responses(tx: AsyncConnection, responses: Sequence[ResponseId]) -> dict[ResponseId, Stamp]:
    keys = columns(ResponseId._fields, responses)
    await tx.execute(
        text(
            "INSERT INTO response (tenant, source, response_id, version, event_id)"
            f" SELECT r.*, CAST(:version AS bigint), CAST(:event_id AS text) FROM {_RESPONSES} AS r ON CONFLICT DO NOTHING"
        ),
        {**keys, **_NOTHING._asdict()},
    )
    rows = await tx.execute(
        text(
            "SELECT tenant, source, response_id, version, event_id FROM response"
            f" WHERE (tenant, source, response_id) IN (SELECT * FROM {_RESPONSES})"
            " ORDER BY tenant, source, response_id FOR UPDATE"
        ),
        keys,
    )
    return {ResponseId(r.tenant, r.source, r.response_id): Stamp(r.version, r.event_id) for r in rows}


async def _customers_of(tx: AsyncConnection, responses: Iterable[ResponseId]) -> set[Customer]:
    rows = await tx.execute(
        text(
            "SELECT DISTINCT tenant, customer_id FROM note"
            f" WHERE (tenant, source, response_id) IN (SELECT * FROM {_RESPONSES})"
        ),
        columns(ResponseId._fields, responses),
    )
    return {Customer(row.tenant, row.customer_id) for row in rows}


async def _lock_customers(tx: AsyncConnection, customers: Sequence[Customer]) -> None:
    keys = columns(Customer._fields, customers)
    await tx.execute(
        text(f"INSERT INTO crm_push (tenant, customer_id) SELECT * FROM {_CUSTOMERS} ON CONFLICT DO NOTHING"), keys
    )
    await tx.execute(
        text(
            f"SELECT 1 FROM crm_push WHERE (tenant, customer_id) IN (SELECT * FROM {_CUSTOMERS})"
            " ORDER BY tenant, customer_id FOR UPDATE"
        ),
        keys,
    )


async def _notes(tx: AsyncConnection, customers: Sequence[Customer]) -> Sequence[Row[tuple[object, ...]]]:
    rows = await tx.execute(
        text(
            "SELECT note.*, head.version AS head_version, head.event_id AS head_event"
            " FROM note JOIN response AS head USING (tenant, source, response_id)"
            f" WHERE (note.tenant, note.customer_id) IN (SELECT * FROM {_CUSTOMERS})"
        ),
        columns(Customer._fields, customers),
    )
    return rows.all()


async def active(tx: AsyncConnection, customers: Sequence[Customer]) -> dict[Customer, list[Note]]:
    """What each of these customers wants now."""
    rows = await tx.execute(
        text(
            f"SELECT * FROM note WHERE (tenant, customer_id) IN (SELECT * FROM {_CUSTOMERS}) AND status = 'active'"
            " ORDER BY kind, channel"
        ),
        columns(Customer._fields, customers),
    )
    found: dict[Customer, list[Note]] = {customer: [] for customer in customers}
    for note in map(_note, rows):
        found[note.customer].append(note)
    return found


def _note(row: Row[tuple[object, ...]]) -> Note:
    return Note(
        ResponseId(row.tenant, row.source, row.response_id),
        Stamp(row.version, row.event_id),
        Customer(row.tenant, row.customer_id),
        Said(Slot(row.kind, row.channel), json.loads(row.value), row.extractor),
        row.stated_at,
        row.recorded_at,
    )


async def save_heads(tx: AsyncConnection, heads: Mapping[ResponseId, Stamp]) -> None:
    await tx.execute(
        text(
            "UPDATE response SET version = new.version, event_id = new.event_id"
            " FROM unnest(CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]),"
            " CAST(:version AS bigint[]), CAST(:event_id AS text[])) AS new (tenant, source, response_id, version, event_id)"
            " WHERE (response.tenant, response.source, response.response_id)"
            " = (new.tenant, new.source, new.response_id)"
        ),
        columns((*ResponseId._fields, *Stamp._fields), [(*id_, *stamp) for id_, stamp in heads.items()]),
    )


_COLUMNS = {
    "tenant": "text",
    "source": "text",
    "event_id": "text",
    "kind": "text",
    "channel": "text",
    "customer_id": "text",
    "response_id": "text",
    "version": "bigint",
    "value": "text",
    "extractor": "text",
    "stated_at": "timestamptz",
    "recorded_at": "timestamptz",
    "status": "text",
}
_UNNESTED = ", ".join(f"CAST(:{name} AS {type_}[])" for name, type_ in _COLUMNS.items())
_SELECTED = ", ".join("CAST(n.value AS jsonb)" if name == "value" else f"n.{name}" for name in _COLUMNS)


async def save_notes(tx: AsyncConnection, notes: Mapping[NoteId, Note], statuses: Mapping[NoteId, Status]) -> None:
    """Insert notes that are new and set the status of those that are not."""
    rows = [_values(notes[id_], status) for id_, status in statuses.items()]
    names = ", ".join(_COLUMNS)
    await tx.execute(
        text(
            f"INSERT INTO note ({names}) SELECT {_SELECTED} FROM unnest({_UNNESTED}) AS n ({names})"
            " ON CONFLICT (tenant, source, event_id, kind, channel) DO UPDATE SET status = excluded.status"
        ),
        columns(tuple(_COLUMNS), rows),
    )


def _values(note: Note, status: Status) -> tuple[object, ...]:
    return (
        *note.id[:3],
        *note.said.slot,
        note.customer.customer_id,
        note.response.response_id,
        note.stamp.version,
        json.dumps(note.said.value),
        note.said.extractor,
        note.stated_at,
        note.recorded_at,
        status.value,
    )
