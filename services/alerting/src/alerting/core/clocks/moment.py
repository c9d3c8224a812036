"""When it is good to reach a customer."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerting.core.clocks import counting
from alerting.core.clocks.clock import Clocks
from alerting.core.clocks.customers import part_of_day
from events.hours.business import Hours
from events.preference import PartOfDay


@dataclass(frozen=True, slots=True)
class BestMoment:
    """As seen ``now``. All moments are UTC; ``local`` shows them by the customer's clocks.

    Attributes:
        zone: the customer's; None where it is not known.
        quiet_until: when their quiet hours end; None where it is not quiet.
        good_at: from when on they may be disturbed and the team is there: ``now``, or later; None: not within a year.
        preferred_at: the same within the part of the day they prefer; None also where they prefer none, or the zone
            is not known.
    """

    now: datetime
    zone: ZoneInfo | None = None
    quiet_until: datetime | None = None
    good_at: datetime | None = None
    preferred_at: datetime | None = None

    @property
    def is_good(self) -> bool:
        """Whether now is as good as it gets."""
        return (self.preferred_at or self.good_at) == self.now

    def local(self, moment: datetime) -> datetime | None:
        """``moment`` as the customer's clocks show it; None where their zone is not known."""
        return moment.astimezone(self.zone) if self.zone else None


def best_moment(clocks: Clocks, prefers: PartOfDay | None, now: datetime) -> BestMoment:
    """By the hours frozen on the case."""
    place, awake = clocks.customer.zone, _next(now, clocks.customer)
    hours = (clocks.team, clocks.customer)
    return BestMoment(
        now,
        place,
        awake if awake != now else None,
        _next(now, *hours),
        _next(now, *hours, part_of_day(prefers, place)) if prefers and place else None,
    )


def _next(now: datetime, *hours: Hours) -> datetime | None:
    return next((opens for opens, _ in counting.openings(hours, now, now + counting.HORIZON)), None)
