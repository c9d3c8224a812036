"""Is this many unhappy customers at once an incident? A function of what was seen; no clock, no database."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerting.core.incidents.rule import IncidentRule, Shared


@dataclass(frozen=True, slots=True)
class Sighting:
    """One case that could be part of an incident.

    Attributes:
        at: when Amends accepted the answer; where the cause is what is shared, when it was chosen.
        customer: who complained; the case itself where that is not known.
    """

    case_id: UUID
    at: datetime
    customer: str


@dataclass(frozen=True, slots=True)
class Burst:
    """``customers`` different customers between ``first`` and ``last``, enough for an incident."""

    customers: int
    first: datetime
    last: datetime


def burst(rule: IncidentRule, sightings: Iterable[Sighting]) -> Burst | None:
    """The first stretch of at most ``rule.within`` in which ``rule.cases`` different customers complained.

    A stretch of exactly ``within`` counts. The order of ``sightings`` does not matter.
    """
    near: deque[Sighting] = deque()
    customers: Counter[str] = Counter()
    for sighting in sorted(sightings, key=lambda one: (one.at, one.case_id)):
        near.append(sighting)
        customers[sighting.customer] += 1
        while sighting.at - near[0].at > rule.within:
            left = near.popleft().customer
            customers[left] -= 1
            if not customers[left]:
                del customers[left]
        if len(customers) >= rule.cases:
            return Burst(len(customers), near[0].at, sighting.at)
    return None


_NAMES: dict[Shared, str] = {"team": "team", "reason": "contact reason", "channel": "channel", "cause": "cause"}


def title(rule: IncidentRule, key: str, found: Burst) -> str:
    """One line for people: how many, in how long, and what they share."""
    minutes = -int((found.first - found.last).total_seconds() // 60) or 1  # rounded up
    span = f"{minutes} min" if minutes <= 90 else f"{minutes / 60:.0f} h"
    shown = key.replace("_", " ") if rule.by == "cause" else key
    return f"{found.customers} unhappy customers in {span}: {_NAMES[rule.by]} {shown}"
