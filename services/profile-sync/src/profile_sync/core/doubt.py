"""What is not sure enough to be acted upon without a person's word."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import prod

from profile_sync.core.contradictions import contradicted
from profile_sync.core.places import Place, newest
from profile_sync.core.preferences import Note, NoteId, ResponseId, Slot, Value

SURE = 0.8
"""From this confidence on nobody needs to look."""

A_PERSON_DECIDES = frozenset({"accessibility", "note"})
"""Kinds that tell of somebody's health, or of anything: read from free text they are always proposed, however clear."""

ADDS_NOTHING = 0.5
"""A find that is wrong as often as right does not become sure by being repeated."""


def unsure(standing: Mapping[NoteId, Note], accepted: set[NoteId], sure: float) -> set[NoteId]:
    """Not sure enough even together with others that say the same, only a habit, or contradicted in its own answer by
    something as sure.

    Args:
        standing: what is said now.
        accepted: what a person has accepted of it.
        sure: the least confidence that needs no person.
    """
    strength = _strength(standing.values())
    guessed = {
        id_
        for id_, note in standing.items()
        if _is_habit(note) or _delicate(note) or strength.get((Place.of(note), note.said.meaning), 0.0) < sure
    } - accepted
    answers: dict[ResponseId, list[Note]] = defaultdict(list)
    for id_, note in standing.items():
        if id_ not in guessed:
            answers[note.response].append(note)
    return guessed.union(*map(contradicted, answers.values())) - accepted


def stopped(standing: Mapping[NoteId, Note], unsure: set[NoteId]) -> dict[NoteId, Note]:
    """Wishes for a channel that the customer has said never to use, and what says so.

    A stop said later silences the wish. A wish said later does not lift the stop: only taking that back does, or a
    person who accepts the wish.
    """
    stops = newest(note for id_, note in standing.items() if id_ not in unsure and _is_stop(note))
    against = ((id_, stops.get(Place(note.customer, _stop_of(note)))) for id_, note in standing.items())
    return {id_: stop for id_, stop in against if stop is not None and stop.said.value is True}


def _is_habit(note: Note) -> bool:
    return note.said.by == "habit"


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
        if not _is_habit(note):
            answers = best[Place.of(note), note.said.meaning]
            answers[note.response] = max(note.said.confidence, answers.get(note.response, 0.0))
    return {said: _together(answers.values()) for said, answers in best.items()}


def _together(confidences: Iterable[float]) -> float:
    return 1.0 - prod(1.0 - each for each in confidences if each > ADDS_NOTHING)
