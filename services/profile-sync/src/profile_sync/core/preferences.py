"""The words of this service: a customer, a slot, what was said for it, in which report, and the note that makes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

Value = str | bool
"""What a slot holds: a word of the vocabulary, a note's text, or for ``do_not_contact`` whether to stop."""


class Customer(NamedTuple):
    tenant: str
    customer_id: str


class ResponseId(NamedTuple):
    """One survey response, however often it is reported."""

    tenant: str
    source: str
    response_id: str


class Stamp(NamedTuple):
    """Orders the reports of one response: the greater one is the newer. The event id only breaks ties."""

    version: int
    event_id: str


class Slot(NamedTuple):
    """What a customer has one preference for: a kind, for ``do_not_contact`` each channel apart."""

    kind: str
    channel: str = ""

    @property
    def field(self) -> str:
        """Its field in the CRM: ``language``, ``do_not_contact_phone``."""
        return f"{self.kind}_{self.channel.replace('-', '_')}" if self.channel else self.kind


class Said(NamedTuple):
    """One preference as found by an extractor; ``extractor`` is its name and version, such as ``stated/1``."""

    slot: Slot
    value: Value
    extractor: str


class NoteId(NamedTuple):
    tenant: str
    source: str
    event_id: str
    slot: Slot


class Status(StrEnum):
    """What has become of a note.

    ACTIVE: it is what the customer wants now. SUPERSEDED: something said later, or a newer report of the same response,
    replaced it. RETRACTED: the newest report of its response does not say it any more.
    """

    ACTIVE = "active"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Note:
    """One preference with its provenance. Never changes; only its status follows from what else is known.

    Attributes:
        stated_at: when the customer said it.
        recorded_at: when Amends heard of it.
    """

    response: ResponseId
    stamp: Stamp
    customer: Customer
    said: Said
    stated_at: datetime
    recorded_at: datetime

    @property
    def id(self) -> NoteId:
        return NoteId(self.response.tenant, self.response.source, self.stamp.event_id, self.said.slot)


@dataclass(frozen=True, slots=True)
class Report:
    """What one event says of one response: at most one thing per slot, and nothing where it is not completed."""

    response: ResponseId
    stamp: Stamp
    recorded_at: datetime
    notes: tuple[Note, ...] = ()
