"""An escalation policy: steps with delays, told in turn until somebody claims the case, repeated a bounded number of
times. What is told whom is decided when a step is due, by whoever is on call then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from alerting.core.case import Play

Kind = Literal["on_call", "person", "channel"]


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a step tells.

    Attributes:
        kind: who is on call in schedule ``id``; the person ``id``; the destination ``id`` (a chat room, a webhook).
        layer: of the schedule, from 1; None: every layer's.
        by: destinations to reach a person by; empty: all they have.
    """

    kind: Kind
    id: str
    layer: int | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Told ``after`` the step before it (the first one: after the case opened). ``urgent``: also in quiet hours."""

    after: timedelta
    tell: tuple[Target, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Attributes:
    rounds: how often the steps are gone through; then ``last_resort`` is told, once, and the alarm goes.
    pause: between the last step of a round and the first of the next, on top of that step's ``after``.
    fallback: told in place of a schedule on which nobody is on call.
    """

    name: str
    steps: tuple[Step, ...]
    rounds: int = 3
    pause: timedelta = timedelta(minutes=15)
    fallback: tuple[Target, ...] = ()
    last_resort: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The first route a case fits says which policy it is worked under; an empty set fits every case."""

    policy: str
    plays: frozenset[Play] = frozenset()
    reasons: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Position:
    """Which step is the next: ``number`` from 0, in ``round`` from 0; ``number`` = the count of steps: last resort."""

    round: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """How far the search for somebody has come in an episode.

    Attributes:
        position: the step that is next.
        page: its number, from 1: it grows with every step, whatever becomes of the policy meanwhile.
        awake: whether anybody was told at once in this round so far.
        wakes: when the first of those who sleep is up, in this round so far.
    """

    position: Position = Position()
    page: int = 1
    awake: bool = False
    wakes: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "round": self.position.round,
            "number": self.position.number,
            "page": self.page,
            "awake": self.awake,
            "wakes": self.wakes.isoformat() if self.wakes else None,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Search":
        """What ``to_json`` made; of cases older than that, the position alone."""
        wakes = kept.get("wakes")
        position = Position(kept["round"], kept["number"])
        return cls(
            position, kept.get("page", 1), kept.get("awake", False), datetime.fromisoformat(wakes) if wakes else None
        )
