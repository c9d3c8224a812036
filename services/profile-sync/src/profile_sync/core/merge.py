"""From reports to what a customer wants now. The result is a function of what is known, not of the order it came in.

Within one response the newest report speaks and all older ones are silent, also where the newest says nothing. Among
what is spoken for one slot, the latest stated wins; equal times are told apart by version and identity. What is
doubtful wins nothing and waits for a person, unless something said later has answered it already.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import prod

from profile_sync.core.contradictions import contradicted
from profile_sync.core.preferences import Customer, Decision, Note, NoteId, Report, ResponseId, Slot, Stamp, Status

SURE = 0.8
"""From this confidence on nobody needs to look."""

A_PERSON_DECIDES = frozenset({"accessibility"})
"""Kinds that tell of somebody's health: read from free text they are always proposed, however clear."""

_EXACT = frozenset({"stated", "structured"})


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
    standing = {
        id_: note
        for id_, note in speaking.items()
        if book.decisions.get(id_) in (None, Decision.ACCEPTED) and (note.expires_at is None or note.expires_at > now)
    }
    doubtful = _doubtful(standing, book.decisions, sure)
    winners = _winners(note for id_, note in standing.items() if id_ not in doubtful)
    doubtful |= (blocked := _blocked(winners, book.decisions))
    winners = {place: note for place, note in winners.items() if note.id not in blocked}
    said_again = {(note.response, _place(note)) for note in speaking.values()}

    def status(id_: NoteId, note: Note) -> Status:
        if id_ not in speaking:
            return Status.SUPERSEDED if (note.response, _place(note)) in said_again else Status.RETRACTED
        if id_ not in standing:
            turned_down = book.decisions.get(id_) not in (None, Decision.ACCEPTED)
            return Status.RETRACTED if turned_down else Status.EXPIRED
        winner = winners.get(_place(note))
        if winner is note:
            return Status.RETRACTED if note.said.value is None else Status.ACTIVE
        if id_ in doubtful and (winner is None or _news(note, winner)):
            return Status.PROPOSED
        return Status.RETRACTED if winner is not None and winner.said.value is None else Status.SUPERSEDED

    return {id_: status(id_, note) for id_, note in book.notes.items()}


def _doubtful(standing: Mapping[NoteId, Note], decisions: Mapping[NoteId, Decision], sure: float) -> set[NoteId]:
    """Not sure enough even together with others that say the same, or contradicted in its own answer."""
    strength = _strength(standing.values())
    found = {
        id_
        for id_, note in standing.items()
        if strength.get((_place(note), note.said.value), 0.0) < sure or note.said.by == "habit" or _delicate(note)
    }
    answers: dict[ResponseId, list[Note]] = defaultdict(list)
    for note in standing.values():
        answers[note.response].append(note)
    for notes in answers.values():
        found |= contradicted(notes)
    return {id_ for id_ in found if decisions.get(id_) is not Decision.ACCEPTED}


def _delicate(note: Note) -> bool:
    return note.said.slot.kind in A_PERSON_DECIDES and note.said.by not in _EXACT


def _strength(notes: Iterable[Note]) -> dict[tuple[tuple[Customer, Slot], object], float]:
    """How sure all answers together make us: 1 - (1 - a)(1 - b)…, each answer counted once. Habits add nothing."""
    best: dict[tuple[tuple[Customer, Slot], object], dict[ResponseId, float]] = defaultdict(dict)
    for note in notes:
        if note.said.by != "habit":
            answers = best[_place(note), note.said.value]
            answers[note.response] = max(note.said.confidence, answers.get(note.response, 0.0))
    return {said: 1.0 - prod(1.0 - each for each in answers.values()) for said, answers in best.items()}


def _winners(notes: Iterable[Note]) -> dict[tuple[Customer, Slot], Note]:
    winners: dict[tuple[Customer, Slot], Note] = {}
    for note in notes:
        best = winners.setdefault(_place(note), note)
        winners[_place(note)] = max(best, note, key=_recency)
    return winners


def _blocked(winners: Mapping[tuple[Customer, Slot], Note], decisions: Mapping[NoteId, Decision]) -> set[NoteId]:
    """A wish to be reached by a channel does not lift the wish never to be: only taking that back does, or a person."""
    found = set()
    for (customer, slot), note in winners.items():
        channel = note.said.value if slot.kind == "contact_channel" else "phone" if slot.kind == "call_back" else None
        if channel is None or note.said.value is False:
            continue
        stop = winners.get((customer, Slot("do_not_contact", str(channel))))
        if stop is not None and stop.said.value is True and decisions.get(note.id) is not Decision.ACCEPTED:
            found.add(note.id)
    return found


def _news(note: Note, winner: Note) -> bool:
    """Whether a doubtful note would change what holds."""
    return note.stated_at > winner.stated_at and note.said.value != winner.said.value


def _place(note: Note) -> tuple[Customer, Slot]:
    return note.customer, note.said.slot


def _recency(note: Note) -> tuple[datetime, int, str, str, str]:
    return note.stated_at, note.stamp.version, note.response.source, note.stamp.event_id, note.id
