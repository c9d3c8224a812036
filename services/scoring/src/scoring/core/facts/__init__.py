"""What is counted, as one document each: how it is named and stored. THE list of kinds is here."""

from typing import TypeAlias

import msgspec

from scoring.core.facts.case import Case
from scoring.core.facts.contact import Contact
from scoring.core.facts.customer import Customer
from scoring.core.facts.mention import PublicMention
from scoring.core.facts.survey import Survey

Fact: TypeAlias = Contact | PublicMention | Case | Survey | Customer

KINDS: dict[str, type[Fact]] = {
    "interaction": Contact,
    "response": Contact,  # an answer that names no contact stands for one
    "mention": PublicMention,
    "case": Case,
    "survey": Survey,
    "customer": Customer,
}
"""By the first part of an id: ``interaction/call-1001``."""

_ENCODER = msgspec.msgpack.Encoder()
_DECODERS = {kind: msgspec.msgpack.Decoder(model) for kind, model in KINDS.items()}


def kind_of(id_: str) -> str:
    return id_[: id_.index("/")]


def empty(id_: str) -> Fact:
    """What is known of something never heard of. KeyError for an id of no kind."""
    return KINDS[kind_of(id_)]()


def load(id_: str, state: bytes) -> Fact:
    """A fact as it was stored."""
    found: Fact = _DECODERS[kind_of(id_)].decode(state)
    return found


def dump(fact: Fact) -> bytes:
    return _ENCODER.encode(fact)
