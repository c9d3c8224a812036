"""What is not sure enough to be acted upon without a person's word."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import prod

from profile_sync.core.contradictions import contradicted
from profile_sync.core.places import Place, newest
from profile_sync.core.preferences import Note, NoteId, ResponseId, Slot, Value

SURE = 0.8
"""From this confidence on nobody needs to look."""

A_PERSON_DECIDES = frozenset({"accessibility"})
"""Kinds that tell of somebody's health: read from free text they are always proposed, however clear."""


def unsure(standing: Mapping[NoteId, Note], accepted: set[NoteId], sure: float) -> set[NoteId]:
    """Not sure enough even together with others that say the same, contradicted in its own answer, or only a habit.

    Args:
        standing: what is said now.
        accepted: what a person has accepted of it.
        sure: the least confidence that needs no person.
    """
    strength = _strength(standing.values())
    found = {
        id_
        for id_, note in standing.items()
        if strength.get((Place.of(note), note.said.value), 0.0) < sure or note.said.by == "habit" or _delicate(note)
    }
    answers: dict[ResponseId, list[Note]] = defaultdict(list)
    for note in standing.values():
        answers[note.response].append(note)
    for notes in answers.values():
        found |= contradicted(notes)
    return found - accepted


def stopped(standing: Mapping[NoteId, Note], unsure: set[NoteId]) -> dict[NoteId, Note]:
    """Wishes for a channel that the customer has said never to use, and what says so.

    A stop said later silences the wish. A wish said later does not lift the stop: only taking that back does, or a
    person.
    """
    stops = newest(note for id_, note in standing.items() if id_ not in unsure and _is_stop(note))
    against = ((id_, stops.get(Place(note.customer, _stop_of(note)))) for id_, note in standing.items())
    return {id_: stop for id_, stop in against if stop is not None and stop.said.value is True}


def _is_stop(note: Note) -> bool:
    return note.said.slot.kind == "do_not_contact"


def _stop_of(note: Note) -> Slot:
    """The slot that could forbid what this note asks for."""
    channel = {"contact_channel": note.said.value, "call_back": note.said.value and "phone"}.get(note.said.slot.kind)
    return Slot("do_not_contact", str(channel or ""))


def _delicate(note: Note) -> bool:
    return note.said.slot.kind in A_PERSON_DECIDES and note.said.by == "text"


def _strength(notes: Iterable[Note]) -> dict[tuple[Place, Value | None], float]:
    """How sure all answers together make us: 1 - (1 - a)(1 - b)…, each answer counted once. Habits add nothing."""
    best: dict[tuple[Place, Value | None], dict[ResponseId, float]] = defaultdict(dict)
    for note in notes:
        if note.said.by != "habit":
            answers = best[Place.of(note), note.said.value]
            answers[note.response] = max(note.said.confidence, answers.get(note.response, 0.0))
    return {said: 1.0 - prod(1.0 - each for each in answers.values()) for said, answers in best.items()}
