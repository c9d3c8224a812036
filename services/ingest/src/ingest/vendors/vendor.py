"""What an adapter is: a name, how its deliveries are written and signed, and pure functions that read them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from events.interaction import Interaction
from ingest.core.formats import Format
from ingest.core.signatures import Signature
from ingest.core.source import Source
from ingest.vendors.node import identifier
from ingest.vendors.outcome import Context, Fact, Outcome

Read = Callable[[Any, Source, Context], Iterable[Outcome]]
"""The document as ``formats.parse`` gives it → what it says. Raises Invalid with pointers into it."""

Assemble = Callable[[str, Mapping[str, Fact], int, Source], Interaction | None]
"""(interaction id, all facts so far, revision, source) → the snapshot; None while they don't make one yet."""


class NoOptions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor wants to hear where all is well; by default our own 202 with JSON."""

    status: int
    media_type: str | None = None
    body: bytes = b""


class ReadFetched(Protocol):
    def __call__(
        self, document: Any, reference: Mapping[str, str], source: Source, context: Context
    ) -> Iterable[Outcome]: ...


@dataclass(frozen=True, slots=True)
class Enrichment:
    """How to fetch what a thin event points at: GET ``path(reference)`` with the token in a header.

    Attributes:
        path: the path and query, from ids that are quoted by it.
        read: the answer's document → what it says. ``Said`` or ``Ignored`` only.
        header: name of the header that carries the token, and what stands there before it.
    """

    path: Callable[[Mapping[str, str]], str]
    read: ReadFetched
    header: tuple[str, str] = ("Authorization", "Bearer ")


@dataclass(frozen=True, slots=True)
class Vendor:
    """One adapter: one file, one line in the registry.

    Attributes:
        signatures: the scheme for each format that this vendor signs. Empty: it signs nothing, and comes with an API
            key, or by address.
        asks: its payloads don't say what an answer means: the source's ``questions`` do.
        by_address: it can send no header of ours: its source must list networks (``allow_from``).
        erases: whoever subscribes to its requests to erase people wants them done: signed, they need no scope.
        interaction_prefix: put before contact ids that are only small numbers, unless the source says otherwise.
    """

    name: str
    title: str
    formats: tuple[Format, ...]
    read: Read
    signatures: Mapping[Format, Signature] = field(default_factory=dict)
    assemble: Assemble | None = None
    enrichment: Enrichment | None = None
    options: type[BaseModel] = NoOptions
    answer: Answer | None = None
    asks: bool = False
    by_address: bool = False
    erases: bool = False
    interaction_prefix: str = ""

    @property
    def needs_database(self) -> bool:
        """Its contacts come in pieces, or its answers must be fetched: both are kept in PostgreSQL meanwhile."""
        return self.assemble is not None or self.enrichment is not None

    def contact_id(self, source: Source, contact: str) -> str:
        """The interaction id of the vendor's contact."""
        prefix = self.interaction_prefix if source.interaction_prefix is None else source.interaction_prefix
        return identifier(contact, prefix)


def newest(facts: Mapping[str, Fact]) -> datetime:
    """When the youngest of these facts was seen."""
    return max(fact.seen_at for fact in facts.values())
