"""The clocks a case is worked under. They hold the hours themselves, so that no later change of a file moves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerting.core.clocks import counting
from alerting.core.clocks.frozen import frozen, thawed
from events.hours.business import ALWAYS, Hours

CLAIM = timedelta(minutes=15)
CONTACT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Clock:
    """``target`` is time that lies in all of ``hours``."""

    target: timedelta
    hours: tuple[Hours, ...] = ()

    def due(self, start: datetime) -> datetime:
        """When the time is up for what began at ``start``, in UTC.

        Where the hours hold less than the target in the year to come, every second counts: a wrong calendar makes
        somebody hurry, and leaves nobody waiting.
        """
        return self._after(start, self.target)

    def resumed(self, due: datetime, now: datetime, until: datetime) -> datetime:
        """The due time after a pause: what is left of the clock at ``now`` goes on at ``until``.

        A clock that stands still already stands at the end of that pause: that is then ``now``. What is overdue
        stays so.
        """
        if due <= now:
            return due
        return self._after(until, self.left(now, due))

    def left(self, now: datetime, due: datetime) -> timedelta:
        """What is still to be counted until ``due``; below zero where that has passed."""
        if now > due:
            return -self.counted(due, now)
        return self.counted(now, due) or due - now  # nothing counted: the hours are wrong, and every second counts

    def counted(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between two instants lies in the hours of this clock."""
        return counting.counted(self.hours, start, end)

    def next_run(self, moment: datetime) -> datetime | None:
        """From when on time counts: ``moment`` itself, or later; None where it does not within a year."""
        found = next(counting.openings(self.hours, moment, moment + counting.HORIZON), None)
        return found[0] if found else None

    def can_be_met(self, year: datetime) -> bool:
        """Whether the target is counted within the year from then on."""
        return counting.reached(self.hours, year, self.target) is not None

    def _after(self, start: datetime, target: timedelta) -> datetime:
        return counting.reached(self.hours, start, target) or start + target


@dataclass(frozen=True, slots=True)
class Clocks:
    """Attributes:
    claim: target from the opening of a case until somebody has claimed it.
    contact: target from there until the first contact with the customer.
    team: when the team is there; both clocks count in these hours alone.
    customer: all but the customer's quiet hours, by their own zone, where it is known; the contact clock counts then.
    preferred: the part of the day the customer prefers, where the contact clock is to wait for it.
    """

    claim: timedelta = CLAIM
    contact: timedelta = CONTACT
    team: Hours = ALWAYS
    customer: Hours = ALWAYS
    preferred: Hours = ALWAYS

    @property
    def claiming(self) -> Clock:
        return Clock(self.claim, (self.team,))

    @property
    def contacting(self) -> Clock:
        return Clock(self.contact, (self.team, self.customer, self.preferred))

    def claim_due(self, start: datetime) -> datetime:
        return self.claiming.due(start)

    def contact_due(self, start: datetime) -> datetime:
        return self.contacting.due(start)

    def resumed(self, due: datetime, now: datetime, until: datetime) -> datetime:
        """Of the contact clock; see ``Clock.resumed``."""
        return self.contacting.resumed(due, now, until)

    def to_json(self) -> dict[str, Any]:
        """To be kept with the case: seconds, and the hours themselves."""
        return {
            "claim": self.claim.total_seconds(),
            "contact": self.contact.total_seconds(),
            "team": frozen(self.team),
            "customer": frozen(self.customer),
            "preferred": frozen(self.preferred),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> "Clocks":
        """What ``to_json`` made; without it, of a case older than that, the targets that held then."""
        if not kept:
            return cls()
        return cls(
            timedelta(seconds=kept["claim"]),
            timedelta(seconds=kept["contact"]),
            thawed(kept["team"]),
            thawed(kept["customer"]),
            thawed(kept["preferred"]),
        )
