"""Where one preference holds at a time, and which of several notes is the newest there."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from profile_sync.core.preferences import Customer, Note, Slot


class Place(NamedTuple):
    customer: Customer
    slot: Slot

    @classmethod
    def of(cls, note: Note) -> "Place":
        return cls(note.customer, note.said.slot)


def newest(notes: Iterable[Note]) -> dict[Place, Note]:
    """The latest stated of each place; equal times are told apart by version and identity."""
    found: dict[Place, Note] = {}
    for note in notes:
        best = found.setdefault(Place.of(note), note)
        found[Place.of(note)] = max(best, note, key=_recency)
    return found


def later(note: Note, other: Note) -> bool:
    return note.stated_at > other.stated_at


def _recency(note: Note) -> tuple[bool, datetime, int, str, str, str]:
    """Whatever is said, however long ago, counts more than what is only done."""
    spoken = note.said.by != "habit"
    return spoken, note.stated_at, note.stamp.version, note.response.source, note.stamp.event_id, note.id
