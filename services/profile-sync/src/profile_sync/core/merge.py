"""From reports to what a customer wants now. The result is a function of what is known, not of the order it came in.

Within one response the newest report speaks and all older ones are silent, also where the newest says nothing. Among
what is spoken for one slot, the latest stated wins. What is doubtful wins nothing and waits for a person, unless
something said later has answered it already.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from profile_sync.core.doubt import SURE, stopped, unsure
from profile_sync.core.places import Place, later, newest
from profile_sync.core.preferences import Decision, Note, NoteId, Report, ResponseId, Stamp, Status


@dataclass(frozen=True, slots=True)
class Book:
    """What is known: the newest report of each response, every note ever made, and what people decided, by identity."""

    heads: Mapping[ResponseId, Stamp] = field(default_factory=dict)
    notes: Mapping[NoteId, Note] = field(default_factory=dict)
    decisions: Mapping[NoteId, Decision] = field(default_factory=dict)


def merge(book: Book, reports: Iterable[Report]) -> Book:
    """The book with these reports in it. A report that is in it already changes nothing.

    A note that is made again by a newer report (a habit that goes on) is as the newer one says.
    """
    heads, notes = dict(book.heads), dict(book.notes)
    for report in reports:
        heads[report.response] = max(report.stamp, heads.get(report.response, report.stamp))
        for note in report.notes:
            if note.id not in notes or notes[note.id].stamp < note.stamp:
                notes[note.id] = note
    return Book(heads, notes, book.decisions)


def statuses(book: Book, now: datetime, sure: float = SURE) -> dict[NoteId, Status]:
    """What has become of every note in the book, at ``now``. ``sure``: the least confidence that needs no person."""
    speaking = {id_: note for id_, note in book.notes.items() if book.heads[note.response] == note.stamp}
    heard = {
        id_: note
        for id_, note in speaking.items()
        if book.decisions.get(id_) is not Decision.REJECTED and not _ran_out(note, now)
    }
    over = {id_ for id_ in heard if book.decisions.get(id_) is Decision.RETRACTED}
    standing = {id_: note for id_, note in heard.items() if id_ not in over}
    accepted = {id_ for id_ in standing if book.decisions.get(id_) is Decision.ACCEPTED}
    doubtful = unsure(standing, accepted, sure)
    stops = stopped(standing, doubtful)
    silenced = {id_ for id_, stop in stops.items() if _silenced(standing[id_], stop)}
    doubtful |= stops.keys() - silenced - accepted
    # What is over (it held, or nobody could retract it) or silenced keeps its place: what was said before it does not
    # hold again.
    winners = newest(note for id_, note in heard.items() if id_ not in doubtful)
    said_again = {(note.response, Place.of(note)) for note in speaking.values()}

    def status(id_: NoteId, note: Note) -> Status:
        if id_ not in speaking:
            return Status.SUPERSEDED if (note.response, Place.of(note)) in said_again else Status.RETRACTED
        if id_ not in standing:
            return Status.RETRACTED if id_ in book.decisions and not _ran_out(note, now) else Status.EXPIRED
        winner = winners.get(Place.of(note))
        if id_ in silenced:
            return Status.SUPERSEDED
        if winner is note:
            return Status.RETRACTED if note.said.value is None else Status.ACTIVE
        if id_ in doubtful and (winner is None or _would_change(note, winner)):
            return Status.PROPOSED
        return Status.RETRACTED if winner is not None and winner.said.value is None else Status.SUPERSEDED

    return {id_: status(id_, note) for id_, note in book.notes.items()}


def _ran_out(note: Note, now: datetime) -> bool:
    return note.expires_at is not None and note.expires_at <= now


def _silenced(note: Note, stop: Note) -> bool:
    """By a stop that was said later, or by any if the wish was never said."""
    return note.said.by == "habit" or later(stop, note)


def _would_change(note: Note, winner: Note) -> bool:
    """Whether a doubtful note, if it were accepted, would win and say something else."""
    wins = newest((note, winner))[Place.of(note)] is note and note.stated_at != winner.stated_at
    return wins and note.said.meaning != winner.said.meaning
