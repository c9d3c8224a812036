"""What the house is told of a note: ``preference.noted`` and ``preference.retracted``, without the customer's words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.customer_note import PreferenceNoted, PreferenceRetracted, SaidIn
from events.envelope import Event
from events.origin import NOWHERE, Origin
from profile_sync.core.preferences import Note

SOURCE = "/amends/profile-sync"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A note became active, or ceased to be.

    Attributes:
        number: grows with each, of all customers together.
        at: when that was decided, by the database's clock.
        noted: the note that is active now; None where it ceased to be.
        origin: the request it came of.
    """

    number: int
    tenant: str
    note_id: str
    customer_id: str
    at: datetime
    noted: Note | None
    origin: Origin = NOWHERE


def told(news: Announcement) -> Event[Any]:
    """The event. Its id is fixed by the number, so that telling it twice is telling it once. Raises ValidationError."""
    about: dict[str, Any] = {"note_id": news.note_id, "customer_id": news.customer_id, "revision": news.number}
    data = PreferenceRetracted(**about, retracted_at=news.at) if news.noted is None else _noted(about, news.noted)
    event: Event[Any] = Event(f"note:{news.number}", SOURCE, news.tenant, time=news.at, recorded_at=news.at, data=data)
    return event.came_of(news.origin)


def _noted(about: dict[str, Any], note: Note) -> PreferenceNoted:
    return PreferenceNoted(
        **about,
        preference=_preference(note),
        stated_at=note.stated_at,
        noted_at=note.recorded_at,
        expires_at=note.expires_at,
        said_in=SaidIn(
            source=note.response.source, response_id=note.response.response_id, event_id=note.stamp.event_id
        ),
        extractor=note.said.extractor,
        confidence=note.said.confidence,
    )


def _preference(note: Note) -> Any:
    """As the vocabulary says it: of ``do_not_contact`` the channel is the value."""
    slot, value = note.said.slot, note.said.value
    if slot.kind == "do_not_contact":
        return {"kind": slot.kind, "value": slot.item, "stop": value}
    return {"kind": slot.kind, "value": value}
