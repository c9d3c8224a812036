"""The port between the dispatcher and the outside: one destination, one method."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from alerting.core.message import Notice, What


@dataclass(frozen=True, slots=True)
class Envelope:
    """How one notification is addressed.

    Attributes:
        key: the same for every try of this notification, and for no other: a receiver tells repeats by it.
        thread: the same for everything told this destination about one case or incident.
        to: the person's address there; None for a destination that is shared. Personal: never log it.
        ref: what the destination answered to the first message of the thread (``Delivered.ref``); None before that.
    """

    key: str
    thread: str
    to: str | None = None
    ref: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination took it. ``ref``: kept for the messages of the thread that follow; None: keep what there is."""

    ref: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Not this time. ``problem`` is for people and holds nothing secret; ``after``: seconds we were asked to wait."""

    problem: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: trying again will not help."""

    problem: str


Result = Delivered | Failed | Refused


class Channel(Protocol):
    """One destination.

    Attributes:
        kind: from a closed set (``channels.KINDS``); a metric label.
        name: as in the on-call file: unique among all destinations and stable over restarts; no '.' in it.
        at_once: how many sends may be under way.
        per_minute: after so many in a minute, what is not urgent waits and is bundled; None: no limit.
        personal: whether every message needs the address of a person (``Envelope.to``).
        tells: what it can make use of. A pager takes ``claimed`` as an acknowledgement; a mailbox need not know.
    """

    kind: str
    name: str
    at_once: int
    per_minute: int | None
    personal: bool
    tells: frozenset[What]

    async def send(self, notice: Notice, envelope: Envelope) -> Result:
        """Try once, bounded in time. Raises nothing."""
        ...

    async def close(self) -> None: ...
