"""From reports to what a customer wants now. The result is a function of the set of reports, not of their order.

Within one response the newest report speaks and all older ones are silent, also where the newest says nothing. Among
what is spoken for one slot, the latest stated wins; equal times are told apart by version and identity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from profile_sync.core.preferences import Customer, Note, NoteId, Report, ResponseId, Slot, Stamp, Status


@dataclass(frozen=True, slots=True)
class Book:
    """What is known: the newest report of each response, and every note ever made, by identity."""

    heads: Mapping[ResponseId, Stamp] = field(default_factory=dict)
    notes: Mapping[NoteId, Note] = field(default_factory=dict)


def merge(book: Book, reports: Iterable[Report]) -> Book:
    """The book with these reports in it. A report that is in it already changes nothing."""
    heads, notes = dict(book.heads), dict(book.notes)
    for report in reports:
        heads[report.response] = max(report.stamp, heads.get(report.response, report.stamp))
        for note in report.notes:
            notes.setdefault(note.id, note)
    return Book(heads, notes)


def statuses(book: Book) -> dict[NoteId, Status]:
    """What has become of every note in the book."""
    speaking = {id_: note for id_, note in book.notes.items() if book.heads[note.response] == note.stamp}
    said_again = {(note.response, _place(note)) for note in speaking.values()}
    winners: dict[tuple[Customer, Slot], Note] = {}
    for note in speaking.values():
        best = winners.setdefault(_place(note), note)
        winners[_place(note)] = max(best, note, key=_recency)
    active = {note.id for note in winners.values()}

    def status(id_: NoteId, note: Note) -> Status:
        if id_ in active:
            return Status.ACTIVE
        replaced = id_ in speaking or (note.response, _place(note)) in said_again
        return Status.SUPERSEDED if replaced else Status.RETRACTED

    return {id_: status(id_, note) for id_, note in book.notes.items()}


def _place(note: Note) -> tuple[Customer, Slot]:
    return note.customer, note.said.slot


def _recency(note: Note) -> tuple[datetime, int, str, str]:
    return note.stated_at, note.stamp.version, note.response.source, note.stamp.event_id
