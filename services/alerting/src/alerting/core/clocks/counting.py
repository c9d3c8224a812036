"""Counting time that lies in several hours at once: the team is there, and the customer may be disturbed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from events.hours.business import Hours
from events.hours.zones import local_day

HORIZON = timedelta(days=366)
"""How far ahead time is looked for. Who is there less than the target in a year has no hours worth the name."""

Span = tuple[datetime, datetime]


def openings(hours: Sequence[Hours], start: datetime, end: datetime) -> Iterator[Span]:
    """The stretches between two instants that lie in every one of ``hours``, in UTC, oldest first."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)  # times of one zone would subtract as its clocks show
    found: Iterator[Span] = iter([(start, end)] if start < end else [])
    for each in hours:
        if each.week is not None and each.zone is not None:
            found = _both(found, _spans(each, each.zone, start, end))
    return found


def counted(hours: Sequence[Hours], start: datetime, end: datetime) -> timedelta:
    """How much of the time between two instants lies in all of ``hours``; zero where ``end`` is not after ``start``."""
    return sum((closes - opens for opens, closes in openings(hours, start, end)), timedelta())


def reached(hours: Sequence[Hours], start: datetime, target: timedelta) -> datetime | None:
    """The first instant by which ``target`` has been counted; None where that is not within ``HORIZON``."""
    if all(each.week is None for each in hours):
        return start.astimezone(UTC) + target
    left = target
    for opens, closes in openings(hours, start, start + HORIZON):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return None


def _spans(hours: Hours, place: ZoneInfo, start: datetime, end: datetime) -> Iterator[Span]:
    day, last = local_day(start, place), local_day(end, place)
    while day <= last:
        yield from hours.spans(day)
        day += timedelta(days=1)


def _both(these: Iterator[Span], those: Iterator[Span]) -> Iterator[Span]:
    """What lies in a span of either; both are in order, and those of each are apart."""
    this, that = next(these, None), next(those, None)
    while this is not None and that is not None:
        opens, closes = max(this[0], that[0]), min(this[1], that[1])
        if opens < closes:
            yield opens, closes
        if this[1] < that[1]:
            this = next(these, None)
        else:
            that = next(those, None)
