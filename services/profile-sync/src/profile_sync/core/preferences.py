"""The words of this service: a customer, a slot, what was said for it, in which report, and the note that makes."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from events.origin import NOWHERE, Origin
from events.preference import KINDS, MANY
from events.vocabulary import CHANNELS

Value = str | bool
"""What a slot holds: a word of the vocabulary, a text, or whether (``do_not_contact``, ``call_back``)."""

FLAGS = frozenset({"do_not_contact", "call_back"})
"""Kinds whose value is true or false."""


class Customer(NamedTuple):
    tenant: str
    customer_id: str


class ResponseId(NamedTuple):
    """One survey response, however often it is reported; a customer's habits are one as well (source ``habit``)."""

    tenant: str
    source: str
    response_id: str


class Stamp(NamedTuple):
    """Orders the reports of one response: the greater one is the newer. The event id only breaks ties."""

    version: int
    event_id: str


class Slot(NamedTuple):
    """What a customer has one preference for: a kind, for ``do_not_contact`` each channel apart (``item``), and for
    kinds of which there may be many, each value apart (``item``, in small letters).
    """

    kind: str
    item: str = ""

    @property
    def field(self) -> str:
        """Its field in the CRM: ``language``, ``do_not_contact_phone``, ``interest``."""
        return self.kind if self.kind in MANY or not self.item else f"{self.kind}_{self.item.replace('-', '_')}"


FIELDS: tuple[str, ...] = tuple(
    field
    for kind in KINDS
    for field in (
        [Slot(kind, channel).field for channel in CHANNELS] if kind == "do_not_contact" else [Slot(kind).field]
    )
)
"""Every field that we may write to a CRM."""


def is_flag(field: str) -> bool:
    """Whether this field of the CRM holds true or false."""
    return any(field == kind or field.startswith(f"{kind}_") for kind in FLAGS)


class Span(NamedTuple):
    """Where in the comment it stands: Python string indices (Unicode code points), ``end`` exclusive."""

    start: int
    end: int


class Said(NamedTuple):
    """One preference as found by an extractor; ``extractor`` is its name and version, such as ``stated/1``.

    Attributes:
        value: None where the customer took back whatever they had said for the slot.
        confidence: 0 to 1; 1 where nothing was interpreted.
        span: where in the comment.
        answer: the key of the structured answer.
    """

    slot: Slot
    value: Value | None
    extractor: str
    confidence: float = 1.0
    span: Span | None = None
    answer: str | None = None

    @property
    def by(self) -> str:
        """The extractor's name."""
        return self.extractor.partition("/")[0]

    @property
    def meaning(self) -> Value | None:
        """The value as far as it matters: capitals do not."""
        return self.value.casefold() if isinstance(self.value, str) else self.value


NoteId = str
"""Hexadecimal, 32 digits: what a customer says for a slot in one response, in however many reports of it."""


class Status(StrEnum):
    """What has become of a note.

    ACTIVE: it is what the customer wants now. PROPOSED: doubtful; a person decides. SUPERSEDED: something said later,
    or a newer report of the same response, replaced it. RETRACTED: it is not said any more, was taken back, or a person
    rejected it. EXPIRED: it held for a time, and that has passed.
    """

    ACTIVE = "active"
    PROPOSED = "proposed"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"
    EXPIRED = "expired"


class Decision(StrEnum):
    """What a person decided about a note: it is right; it is not what was said; it does not hold any more."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Note:
    """One preference with its provenance. Only its status follows from what else is known.

    Attributes:
        stated_at: when the customer said it.
        recorded_at: when Amends heard of it.
        expires_at: from when on it does not count; None is never.
    """

    response: ResponseId
    stamp: Stamp
    customer: Customer
    said: Said
    stated_at: datetime
    recorded_at: datetime
    expires_at: datetime | None = None

    @property
    def id(self) -> NoteId:
        said = json.dumps(self.said.value, ensure_ascii=False)
        identity = (*self.response, self.customer.customer_id, *self.said.slot, said)
        return hashlib.sha256("\n".join(identity).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Report:
    """What one event says of one response; nothing where it is not completed.

    Attributes:
        comment: the free text, kept only where a note points into it.
        origin: the request that brought the event.
    """

    response: ResponseId
    stamp: Stamp
    recorded_at: datetime
    notes: tuple[Note, ...] = ()
    comment: str | None = None
    origin: Origin = NOWHERE
