"""Panes of time: sums are kept per minute, hour and day, so that any window is a sum of few panes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from scoring.core.contact import Contribution
from scoring.core.measures import Sums

GRAINS: tuple[tuple[str, timedelta], ...] = (
    ("minute", timedelta(minutes=1)),
    ("hour", timedelta(hours=1)),
    ("day", timedelta(days=1)),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Cell(NamedTuple):
    """One row of sums: a tenant's dimension key in a pane (UTC)."""

    tenant: str
    dimension: str
    key: str
    grain: str
    start: datetime


@dataclass(slots=True)
class Delta:
    """Changes to cells, to be written at once. Cells that end unchanged are left out."""

    cells: dict[Cell, Counter[str]] = field(default_factory=dict)

    def add(self, tenant: str, contributions: Iterable[Contribution], sign: int = 1) -> None:
        """Add (or with ``sign`` -1 take back) contributions."""
        for contribution in contributions:
            for cell in _cells(tenant, contribution):
                counter = self.cells.setdefault(cell, Counter())
                for measure, amount in contribution.sums.items():
                    counter[measure] += sign * amount

    def changes(self) -> list[tuple[Cell, Sums]]:
        """In a fixed order, so that two writers take row locks alike."""
        return sorted((cell, sums) for cell, sums in self.cells.items() if any(sums.values()))


def _cells(tenant: str, contribution: Contribution) -> Iterator[Cell]:
    for grain, length in GRAINS:
        start = floor(contribution.at, length)
        for dimension, key in contribution.attribution.keys():  # noqa: SIM118  (not a mapping)
            yield Cell(tenant, dimension, key, grain, start)


def floor(instant: datetime, length: timedelta) -> datetime:
    """The start of the pane of that length that holds ``instant``."""
    return instant - (instant - _EPOCH) % length


def ceiling(instant: datetime, length: timedelta) -> datetime:
    return -((_EPOCH - instant) // length) * length + _EPOCH
