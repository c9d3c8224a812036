"""When customers come: contacts by hour of the week, or of the day, where the digest's readers live."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scoring.core.digest.period import Period

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CHANNELS, MOST = 10, 3
"""Channels whose hours are told, and hours of each."""


@dataclass(frozen=True, slots=True)
class BusyHour:
    """``weekday``: 0 is Monday. ``contacts``: in all such hours of the period, of which it has ``hours``."""

    channel: str
    weekday: int
    hour: int
    contacts: int
    hours: int

    @property
    def mean(self) -> float:
        return self.contacts / self.hours

    @property
    def name(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.hour:02}–{(self.hour + 1) % 24:02} h"


def busiest(channel: str, hours: Iterable[tuple[datetime, int]], period: Period, most: int = MOST) -> list[BusyHour]:
    """The hours of the week with most contacts. ``hours``: contacts by the start of the hour they came in."""
    counted: Counter[tuple[int, int]] = Counter()
    for start, contacts in hours:
        local = start.astimezone(period.zone)
        if period.first <= local.date() < period.end_day:
            counted[local.weekday(), local.hour] += contacts
    weekdays = Counter((period.first.toordinal() + day - 1) % 7 for day in range((period.end_day - period.first).days))
    made = [BusyHour(channel, day, hour, n, weekdays[day]) for (day, hour), n in counted.items() if n > 0]
    return sorted(made, key=lambda busy: (-busy.mean, busy.weekday, busy.hour))[:most]
