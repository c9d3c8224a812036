"""Days and weeks of the operator's clock, and which of them are over and not awarded yet."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from events.hours import zones
from scoring.core.recognition.plan import Period

LENGTHS: dict[Period, timedelta] = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
CAUGHT_UP = timedelta(days=28)
"""Awards that were missed while nothing ran are made up for, but for no longer than this."""


class Span(NamedTuple):
    """From ``start`` (included) to ``end`` (excluded), UTC; ``day`` is the local date it begins on."""

    day: date
    start: datetime
    end: datetime


def current(period: Period, zone: ZoneInfo, now: datetime) -> Span:
    """The day, or the week from Monday, that ``now`` is in."""
    today = zones.local_day(now, zone)
    return _span(period, zone, today if period == "day" else today - timedelta(days=today.weekday()))


def due(period: Period, zone: ZoneInfo, now: datetime, grace: timedelta, last: datetime | None) -> Iterator[Span]:
    """The spans that ended at least ``grace`` ago, oldest first.

    Args:
        last: start of the newest span that has been awarded. Without one only the latest is due: a rule that is new
            does not award the past.
    """
    newest = _before(period, zone, current(period, zone, now - grace))
    if last is None:
        yield newest
        return
    spans = []
    while newest.start > last and now - newest.start <= CAUGHT_UP:
        spans.append(newest)
        newest = _before(period, zone, newest)
    yield from reversed(spans)


def _before(period: Period, zone: ZoneInfo, span: Span) -> Span:
    return _span(period, zone, span.day - LENGTHS[period])


def _span(period: Period, zone: ZoneInfo, day: date) -> Span:
    return Span(day, zones.day_start(day, zone), zones.day_start(day + LENGTHS[period], zone))
