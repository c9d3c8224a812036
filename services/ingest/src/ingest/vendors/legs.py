"""What all telephone systems share: a contact is legs, one for each agent who took it, and the legs make a snapshot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from events.interaction import Interaction
from events.vocabulary import Direction
from ingest.vendors.node import Node, Unit, build

LONGEST = 31 * 24 * 3600.0
"""Seconds; a longer duration is no duration of a contact."""
MOST_TRANSFERS = 10_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No event of ours names a moment before it."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One agent's part in a contact. Durations are seconds; None is unknown."""

    answered_at: datetime
    agent: str | None = None
    team: str | None = None
    ended_at: datetime | None = None
    talk: float | None = None
    hold: float | None = None
    wrap: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A contact, as far as it is known.

    Attributes:
        team: the queue, where no leg says it.
        ended_at: when it ended, where its legs don't say.
        wait: seconds in queues before the first agent; None: what lies between offer and answer.
        left: it left the queue, and has ended as far as we know.
    """

    offered_at: datetime
    channel: str
    legs: Sequence[Leg] = ()
    direction: Direction = "inbound"
    team: str | None = None
    customer_id: str | None = None
    reason: str | None = None
    ended_at: datetime | None = None
    wait: float | None = None
    left: bool = False
    callback_queued: bool = False
    transfers: int = 0


def snapshot(name: str, call: Call, version: Mapping[str, Any], at: str = "") -> Interaction:
    """The interaction: handled by the agent who answered last, talk summed once every leg's is known.

    Args:
        version: ``revision`` or ``updated_at``.
        at: where in the body it stands. Raises Invalid with that pointer.
    """
    legs = sorted(call.legs, key=lambda leg: (leg.answered_at, leg.agent or ""))
    fields = {
        "interaction_id": name,
        **version,
        **_moments(call, legs),
        "channel": call.channel,
        "direction": call.direction,
        "team": next((leg.team for leg in reversed(legs) if leg.team), call.team),
        "agent": legs[-1].agent if legs else None,
        "customer_id": call.customer_id,
        "reason": call.reason,
        "queue_wait_seconds": None if call.wait is None else plausible(call.wait),
        "talk_seconds": total([leg.talk for leg in legs], whole=True),
        "hold_seconds": total([leg.hold for leg in legs]),
        "wrap_seconds": total([leg.wrap for leg in legs]),
        "abandoned": _abandoned(call),
        "callback_queued": call.callback_queued and not legs,
        "transfers": min(call.transfers, MOST_TRANSFERS),
    }
    return build(Interaction, at, fields)


def _moments(call: Call, legs: Sequence[Leg]) -> dict[str, datetime | None]:
    """Clocks of one vendor's machines differ by a second or two: a contact is never answered before it was offered,
    nor ended before it was answered."""
    answered = [leg.answered_at for leg in legs]
    ended = call.ended_at or _latest(leg.ended_at for leg in legs)
    return {
        "offered_at": min([call.offered_at, *answered]),
        "answered_at": min(answered, default=None),
        "ended_at": ended and max([ended, call.offered_at, *answered]),
    }


def _abandoned(call: Call) -> bool | None:
    if call.legs:
        return False
    return True if call.left and not call.callback_queued and call.direction == "inbound" else None


def total(parts: Sequence[float | None], *, whole: bool = False) -> float | None:
    """The sum of what is known, in seconds; None where nothing is or, with ``whole``, where something isn't."""
    known = [part for part in parts if part is not None]
    if not known or (whole and len(known) < len(parts)):
        return None
    return plausible(sum(known))


def plausible(seconds: float) -> float:
    """Between 0 and 31 days, fine to a microsecond."""
    return round(min(max(seconds, 0.0), LONGEST), 6)


def between(start: datetime | None, end: datetime | None) -> float | None:
    """Seconds from one to the other, never less than 0; None where either is unknown."""
    return None if start is None or end is None else plausible((end - start).total_seconds())


def before(moment: datetime, seconds: float) -> datetime:
    """So many seconds earlier, as far as we can tell moments."""
    return max(moment - timedelta(seconds=seconds), EARLIEST)


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    """The last of them; None while one is unknown, or there is none."""
    known = list(moments)
    return max((moment for moment in known if moment), default=None) if all(known) else None


def duration(node: Node, unit: Unit = "s") -> float | None:
    """A duration in seconds. Raises Invalid where it is negative or over 31 days."""
    seconds = node.seconds(unit)
    if seconds is not None and not 0 <= seconds <= LONGEST:
        raise node.wrong("duration", "must be a duration of 0 to 31 days")
    return seconds


def earliest(*moments: Iterable[datetime | None]) -> datetime | None:
    """The first of those known."""
    return min((moment for moment in chain(*moments) if moment), default=None)
