"""What one fact adds to the sums, and where."""

from typing import NamedTuple

from scoring.core.attribution import Attribution
from scoring.core.measures import Sums

Observations = tuple[tuple[str, int], ...]
"""(histogram, milliseconds) pairs."""


class Contribution(NamedTuple):
    """Sums of one family, at a moment (ms since 1970) and for an attribution, with the durations among them."""

    family: str
    at: int
    attribution: Attribution
    sums: Sums
    observations: Observations = ()
