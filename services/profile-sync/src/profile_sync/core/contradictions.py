"""What in one answer cannot all be meant: then nobody guesses, and a person decides."""

from collections.abc import Iterable, Sequence

from profile_sync.core.preferences import Note, NoteId, Slot


def contradicted(answer: Sequence[Note]) -> set[NoteId]:
    """The notes of one answer that contradict another of it."""
    found: set[NoteId] = set()
    for at, one in enumerate(answer):
        for other in answer[at + 1 :]:
            if one.customer == other.customer and _contradict(one, other):
                found |= {one.id, other.id}
    return found


def _contradict(one: Note, other: Note) -> bool:
    if one.said.slot == other.said.slot:
        return one.said.meaning != other.said.meaning
    stops, wishes = _stops((one, other)), _wishes((one, other))
    return not stops.isdisjoint(wishes)


def _stops(notes: Iterable[Note]) -> set[str]:
    """Channels not to be used."""
    return {
        note.said.slot.item for note in notes if note.said.slot.kind == "do_not_contact" and note.said.value is True
    }


def _wishes(notes: Iterable[Note]) -> set[str]:
    """Channels asked for."""
    asked = {str(note.said.value) for note in notes if note.said.slot.kind == "contact_channel" and note.said.value}
    calls = any(note.said.slot == Slot("call_back") and note.said.value is True for note in notes)
    return asked | ({"phone"} if calls else set())
