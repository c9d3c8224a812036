"""Contacts by hour of the week: when which channel needs whom."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core.pane import floor
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.figures.series import Forgotten
from scoring.store.panes import Panes

_MEASURES = ("contacts",)
_HOUR = timedelta(hours=1)
MOST = timedelta(days=100)


class HourOfWeek(NamedTuple):
    """As clocks and calendars of a time zone show it: weekday 1 (Monday) to 7, hour 0 to 23."""

    weekday: int
    hour: int


@dataclass(frozen=True, slots=True)
class Load:
    """``contacts`` that came to a channel in so many ``hours`` of the window that were this hour of the week."""

    channel: str
    at: HourOfWeek
    contacts: int
    hours: int


class Weeks:
    def __init__(self, panes: Panes, retention: Retention) -> None:
        self._panes = panes
        self._retention = retention

    async def read(self, tx: AsyncConnection, tenant: str, window: Window, now: datetime) -> tuple[Window, list[Load]]:
        """The window widened to whole local hours, and the load by channel. Hours without contacts are told, too;
        those whose sums cannot be right are not.

        Raises Forgotten where the window reaches back further than what it takes is kept.
        """
        hours = list(local_hours(window))
        whole = Window(hours[0], hours[-1] + _HOUR, window.name, window.zone)
        grain = "hour" if all(floor(hour, _HOUR) == hour for hour in hours) else "minute"
        if whole.start < self._retention.horizon(grain, now):
            raise Forgotten("reaches back further than what it takes is kept")
        counted = Counter(_hour_of_week(hour, window) for hour in hours)
        loads = []
        for channel in await self._panes.sums(tx, tenant, "channel", whole, now=now, measures=_MEASURES):
            contacts = Counter[HourOfWeek]()
            for start, sums in await self._panes.series(
                tx, tenant, "channel", channel, whole, grain, now=now, measures=_MEASURES
            ):
                contacts[_hour_of_week(start, window)] += sums["contacts"]
            loads += [Load(channel, at, contacts[at], counted[at]) for at in sorted(counted) if contacts[at] >= 0]
        return whole, loads


def local_hours(window: Window) -> Iterator[datetime]:
    """When the hours that the window touches began, by the clocks of its time zone. Raises Forgotten for too many."""
    if window.length > MOST:
        raise Forgotten(f"is longer than {MOST.days} days")
    hour = window.start - timedelta(minutes=window.start.astimezone(window.zone).minute)
    while hour < window.end:
        yield hour
        hour += _HOUR


def _hour_of_week(moment: datetime, window: Window) -> HourOfWeek:
    shown = moment.astimezone(window.zone)
    return HourOfWeek(shown.isoweekday(), shown.hour)
