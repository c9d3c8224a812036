"""The people who recover customers, and how each of them is reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.hours.zones import instant, local_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """From ``start`` until ``end`` by the person's own clocks; over midnight where ``end`` is not after ``start``."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a case can be given to.

    Attributes:
        id: stable; what schedules and notifications name.
        name: what colleagues read, and what stands on a case that they claim.
        reach: destination (a channel of the on-call file) → their address there, in the order to be tried.
            Addresses are personal: never log them.
        quiet: when only urgent pages may reach them; None: at any time.
    """

    id: str
    name: str
    zone: ZoneInfo
    reach: Mapping[str, str] = field(default_factory=dict)
    quiet: Quiet | None = None

    def quiet_until(self, now: datetime) -> datetime | None:
        """When their quiet hours end, in UTC; None where ``now`` (aware) lies in none.

        A time that the clocks skip is the moment they do; of one that comes twice it is the first.
        """
        if self.quiet is None:
            return None
        today, over_midnight = local_day(now, self.zone), self.quiet.end <= self.quiet.start
        for day in (today - _DAY, today, today + _DAY):
            start = instant(datetime.combine(day, self.quiet.start), self.zone)
            end = instant(datetime.combine(day + _DAY if over_midnight else day, self.quiet.end), self.zone)
            if start <= now < end:
                return end
        return None
