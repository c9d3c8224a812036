"""Notes and the newest report of each response: loaded under lock, saved as they came out of the merge."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.merge import Book
from profile_sync.core.preferences import (
    Customer,
    Decision,
    Note,
    NoteId,
    Report,
    ResponseId,
    Said,
    Slot,
    Span,
    Stamp,
    Status,
)
from profile_sync.store import columns

# Of a response nobody has reported yet: below every real stamp, so the first report becomes the head.
_NOTHING = Stamp(-1, "")


@dataclass(frozen=True, slots=True)
class Kept:
    """What was known before: the book, and the status each note has in it."""

    book: Book
    statuses: Mapping[NoteId, Status]


async def load(tx: AsyncConnection, reports: Sequence[Report], customers: Iterable[Customer] = ()) -> Kept:
    """What is known of these responses and of every customer they speak or spoke of, locked until the end of ``tx``.

    Locks are taken in one order (responses, then customers, each sorted), so that two members cannot deadlock.
    """
    heads = await _lock_responses(tx, sorted({report.response for report in reports}))
    who = {note.customer for report in reports for note in report.notes} | set(customers)
    who |= await _customers_of(tx, heads)
    await _lock_customers(tx, sorted(who))
    rows = (await tx.execute(_NOTES, columns(Customer._fields, sorted(who)))).all()
    notes = {row.note_id: note_of(row) for row in rows}
    heads |= {notes[row.note_id].response: Stamp(row.head_version, row.head_event) for row in rows}
    decisions = {row.note_id: Decision(row.decision) for row in rows if row.decision is not None}
    return Kept(Book(heads, notes, decisions), {row.note_id: Status(row.status) for row in rows})


async def active(tx: AsyncConnection, customers: Sequence[Customer]) -> dict[Customer, list[Note]]:
    """What each of these customers wants now."""
    found: dict[Customer, list[Note]] = {customer: [] for customer in customers}
    for note in map(note_of, await tx.execute(_ACTIVE, columns(Customer._fields, customers))):
        found[note.customer].append(note)
    return found


async def save_heads(tx: AsyncConnection, heads: Mapping[ResponseId, Stamp]) -> None:
    rows = [(*id_, *stamp) for id_, stamp in heads.items()]
    await tx.execute(_SAVE_HEADS, columns((*ResponseId._fields, *Stamp._fields), rows))


async def save_comments(tx: AsyncConnection, reports: Iterable[Report]) -> None:
    """Keep the words of the newest report of each response, once its head is saved; older words go."""
    newest = {report.response: report for report in sorted(reports, key=lambda report: report.stamp)}
    rows = [(*id_, *report.stamp, report.comment) for id_, report in newest.items()]
    names = (*ResponseId._fields, *Stamp._fields, "comment")
    await tx.execute(_SAVE_COMMENTS, columns(names, rows))


async def blank_comments(tx: AsyncConnection, responses: Iterable[ResponseId]) -> None:
    """Forget the words of these, but for those that somebody else has in hand: ``blank_silent`` comes to them.

    Waiting for them could wait in a circle: whoever has them may wait for customers whom we hold.
    """
    await tx.execute(_BLANK, columns(ResponseId._fields, sorted(responses)))


async def blank_silent(tx: AsyncConnection, most: int) -> int:
    """Forget the words of up to so many responses of which nothing is active or proposed. Returns how many."""
    return (await tx.execute(_BLANK_SILENT, {"most": most})).rowcount


async def save_notes(tx: AsyncConnection, notes: Mapping[NoteId, Note], statuses: Mapping[NoteId, Status]) -> None:
    """Insert those of the notes that are new; the others are as the newest report that makes them says."""
    rows = [_row(notes[id_], status) for id_, status in sorted(statuses.items())]
    await tx.execute(_SAVE_NOTES, columns(tuple(_COLUMNS), rows))


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


def note_of(row: Row[Any]) -> Note:
    span = None if row.span_start is None else Span(row.span_start, row.span_end)
    return Note(
        ResponseId(row.tenant, row.source, row.response_id),
        Stamp(row.version, row.event_id),
        Customer(row.tenant, row.customer_id),
        Said(Slot(row.kind, row.item), row.value, row.extractor, row.confidence, span, row.answer),
        row.stated_at,
        row.recorded_at,
        row.expires_at,
    )


_COLUMNS = {
    "tenant": "text", "note_id": "text", "source": "text", "event_id": "text", "kind": "text", "item": "text",
    "customer_id": "text", "response_id": "text", "version": "bigint", "value": "text", "extractor": "text",
    "confidence": "double precision", "span_start": "int", "span_end": "int", "answer": "text",
    "stated_at": "timestamptz", "recorded_at": "timestamptz", "expires_at": "timestamptz", "status": "text",
}  # fmt: skip


def _row(note: Note, status: Status) -> tuple[Any, ...]:
    said = note.said
    where = (note.response.tenant, note.id, note.response.source, note.stamp.event_id, *said.slot)
    who = (note.customer.customer_id, note.response.response_id, note.stamp.version)
    what = (None if said.value is None else json.dumps(said.value), said.extractor, said.confidence)
    seen = (*(said.span or (None, None)), said.answer, note.stated_at, note.recorded_at, note.expires_at)
    return (*where, *who, *what, *seen, status.value)


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
_SAVE_COMMENTS = text("""
    UPDATE response SET comment = new.comment
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]),
        CAST(:version AS bigint[]), CAST(:event_id AS text[]), CAST(:comment AS text[])
    ) AS new (tenant, source, response_id, version, event_id, comment)
    WHERE (response.tenant, response.source, response.response_id) = (new.tenant, new.source, new.response_id)
        AND (response.version, response.event_id) = (new.version, new.event_id)
        AND response.comment IS DISTINCT FROM new.comment
""")
_BLANK = text("""
    WITH free AS MATERIALIZED (
        SELECT tenant, source, response_id FROM response
        WHERE comment IS NOT NULL AND (tenant, source, response_id) IN (
            SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]))
        )
        FOR UPDATE SKIP LOCKED
    )
    UPDATE response SET comment = NULL FROM free
    WHERE (response.tenant, response.source, response.response_id) = (free.tenant, free.source, free.response_id)
""")
_BLANK_SILENT = text("""
    WITH free AS MATERIALIZED (
        SELECT tenant, source, response_id FROM response
        WHERE comment IS NOT NULL AND NOT EXISTS (
            SELECT FROM note
            WHERE (note.tenant, note.source, note.response_id)
                = (response.tenant, response.source, response.response_id) AND status IN ('active', 'proposed')
        )
        LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE response SET comment = NULL FROM free
    WHERE (response.tenant, response.source, response.response_id) = (free.tenant, free.source, free.response_id)
""")
_RENEWED = (
    "event_id", "version", "extractor", "confidence", "span_start", "span_end", "answer", "stated_at", "recorded_at",
    "expires_at", "status",
)  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_SAVE_NOTES = text(f"""
    INSERT INTO note ({_NAMES})
    SELECT {_NAMES.replace(" value,", " CAST(value AS jsonb),")}
    FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items())}) AS new ({_NAMES})
    ON CONFLICT (tenant, note_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _RENEWED)}
""")  # noqa: S608  (names of ours)
