"""What an adapter makes of a payload: events, pieces of a contact, things to fetch, or nothing we need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from events.envelope import Payload

Scalar = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Said:
    """A whole report.

    Attributes:
        at: where in the body it stands, as a JSON pointer.
        id: the event's id: a delivery that is repeated has the same.
        time: when it happened, by the vendor's clock.
        source: in whose name, of those the source may speak for; None: its first.
    """

    at: str
    id: str
    data: Payload
    time: datetime | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of what is known of one contact; ``assemble`` makes snapshots of all the pieces so far.

    Attributes:
        contact: which contact: the vendor's id, without prefix.
        facts: key → value, both the adapter's own affair. Per key the newest value stays, so a key that must not be
            overwritten (the third of several legs, the second time it was reopened) carries what tells it apart.
        seen_at: when this was so, by the vendor's clock.
    """

    at: str
    contact: str
    facts: Mapping[str, Scalar]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Thin:
    """The vendor only says that there is something: to be fetched.

    Attributes:
        id: the same for the same thing, however often it is announced; announced again after a change, another.
        reference: what the request needs: ids only.
    """

    at: str
    id: str
    reference: Mapping[str, str]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing for us. ``why`` is said to the operator: a short sentence that repeats no input."""

    at: str
    why: str


Outcome = Said | Part | Thin | Ignored


@dataclass(frozen=True, slots=True)
class Fact:
    """The newest value of one fact of a contact, and since when."""

    value: Scalar
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Context:
    """What an adapter knows beside the document.

    Attributes:
        received_at: by our clock.
        headers: of the request, names in lower case.
    """

    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
