"""The cases whose customers have not been contacted yet, and how the clocks of each of them stand."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from alerting.core.clocks.clock import Clocks
from alerting.core.clocks.standing import Name, Pace, Standing, standing


@dataclass(frozen=True, slots=True)
class Waiting:
    """One of them. ``position`` is its place from 1 by when its contact is due; ``clocks`` are those frozen on it."""

    id: UUID
    position: int
    clocks: Clocks
    claim_due_at: datetime
    contact_due_at: datetime
    claimed_at: datetime | None = None
    contact_paused_until: datetime | None = None


class Both(NamedTuple):
    claim: Standing
    contact: Standing


@dataclass(frozen=True, slots=True)
class Count:
    """Cases whose clock is overdue now, and those whose clock is likely to be."""

    breached: int = 0
    predicted: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """One tenant's, at ``now`` of the database's clock; ``waiting`` in order of position."""

    now: datetime
    pace: Pace = field(default_factory=Pace)
    waiting: tuple[Waiting, ...] = ()

    def standings(self, only: Collection[UUID] | None = None) -> dict[UUID, Both]:
        """By case; ``only`` those shown, where the queue is long."""
        return {case.id: self.standing(case) for case in self.waiting if only is None or case.id in only}

    def standing(self, case: Waiting) -> Both:
        return Both(
            standing(
                case.clocks.claiming,
                case.claim_due_at,
                self.now,
                done_at=case.claimed_at,
                work_ahead=self.pace.until_claim(case.position),
            ),
            standing(
                case.clocks.contacting,
                case.contact_due_at,
                self.now,
                paused_until=case.contact_paused_until,
                work_ahead=self.pace.until_contact(case.position),
            ),
        )

    def counts(self) -> Mapping[Name, Count]:
        """By clock. A case that was claimed late is not counted: that is over, and its contact clock runs."""
        found = [(case, self.standing(case)) for case in self.waiting]
        return {
            "claim": _count(both.claim for case, both in found if case.claimed_at is None),
            "contact": _count(both.contact for _, both in found),
        }


def _count(found: Iterable[Standing]) -> Count:
    each = list(found)
    return Count(sum(one.stand == "breached" for one in each), sum(one.breach_predicted is True for one in each))
