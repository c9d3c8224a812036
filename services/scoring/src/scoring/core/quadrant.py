"""Handle time only ever beside satisfaction: who is fast or slow, with happy or unhappy customers."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scoring.core.attribution import UNATTRIBUTED
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value

Name = Literal["fast_happy", "fast_unhappy", "slow_happy", "slow_unhappy"]

ENOUGH = 10
"""Contacts, and answers, from which on a key is placed and counts for the lines between the quadrants."""

_AHT, _CSAT = METRICS["aht"], METRICS["csat"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one agent, team or channel stands. ``quadrant`` is None below 10 contacts or 10 answers."""

    aht: Value
    csat: Value
    quadrant: Name | None = None


@dataclass(frozen=True, slots=True)
class Quadrant:
    """The lines between the quadrants, and everybody's place. Both lines are None where nobody has enough data."""

    aht: float | None = None
    csat: float | None = None
    places: Mapping[str, Place] = field(default_factory=dict)


def quadrant(found: Mapping[str, Sums]) -> Quadrant:
    """Places each key: fast is at or below the median of the handle times, happy at or above the CSAT of all together.

    Only keys with at least 10 contacts and 10 answers move these lines; what nobody can be named for never does.
    """
    places = {key: Place(_AHT.compute(sums), _CSAT.compute(sums)) for key, sums in found.items()}
    enough = {key: place for key, place in places.items() if min(place.aht.n, place.csat.n) >= ENOUGH}
    lines = [key for key in enough if key != UNATTRIBUTED]
    if not lines:
        return Quadrant(places=places)
    aht = statistics.median(_number(enough[key].aht) for key in lines)
    together = {measure: sum(found[key].get(measure, 0) for key in lines) for measure in _CSAT.measures}
    csat = _number(_CSAT.compute(together))
    for key, place in enough.items():
        places[key] = Place(place.aht, place.csat, _name(_number(place.aht) <= aht, _number(place.csat) >= csat))
    return Quadrant(aht, csat, places)


def _number(value: Value) -> float:
    return value.value or 0.0


def _name(fast: bool, happy: bool) -> Name:
    if fast:
        return "fast_happy" if happy else "fast_unhappy"
    return "slow_happy" if happy else "slow_unhappy"
