"""Hours as JSON, to be kept with a case."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from events.hours.business import ALWAYS, Hours, Opening, Week

_REMEMBERED = 1024


def frozen(hours: Hours) -> dict[str, Any] | None:
    """None is around the clock in no zone. Minutes of the local day, Monday first."""
    if hours == ALWAYS:
        return None
    return {
        "zone": hours.zone.key if hours.zone else None,
        "week": None if hours.week is None else [[list(opening) for opening in day] for day in hours.week],
        "holidays": sorted(day.isoformat() for day in hours.holidays),
    }


def thawed(kept: Mapping[str, Any] | None) -> Hours:
    """Equal hours are one object: many cases share them, and what they remember of the days."""
    if kept is None:
        return ALWAYS
    week = kept["week"]
    return _hours(
        kept["zone"],
        None if week is None else tuple(tuple(Opening(*opening) for opening in day) for day in week),
        frozenset(kept["holidays"]),
    )


@lru_cache(_REMEMBERED)
def _hours(zone: str | None, week: Week | None, holidays: frozenset[str]) -> Hours:
    return Hours(ZoneInfo(zone) if zone else None, week, frozenset(date.fromisoformat(day) for day in holidays))
