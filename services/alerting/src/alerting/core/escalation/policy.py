"""An escalation policy: steps with delays, told in turn until somebody claims the case, repeated a bounded number of
times. What is told whom is decided when a step is due, by whoever is on call then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

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
class Next:
    position: Position
    due_at: datetime
