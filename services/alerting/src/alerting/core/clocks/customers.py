"""When customers may be disturbed, and when they say they like to be."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from events.hours.business import Hours, Opening
from events.preference import PartOfDay

MIDNIGHT = 24 * 60

PARTS_OF_DAY: Mapping[PartOfDay, Opening] = {
    "morning": Opening(8 * 60, 12 * 60),
    "midday": Opening(11 * 60, 14 * 60),
    "afternoon": Opening(13 * 60, 18 * 60),
    "evening": Opening(17 * 60, 21 * 60),
}
"""What customers mean by the time of day they name, by their own clocks, in minutes."""


def outside(quiet: Opening | None, zone: ZoneInfo) -> Hours:
    """All of every day but the quiet hours, which go over midnight where they do not end after they start."""
    if quiet is None:
        return Hours(zone)
    if quiet.end <= quiet.start:
        return _daily(zone, Opening(quiet.end, quiet.start))
    return _daily(zone, Opening(0, quiet.start), Opening(quiet.end, MIDNIGHT))


def part_of_day(part: PartOfDay, zone: ZoneInfo) -> Hours:
    return _daily(zone, PARTS_OF_DAY[part])


def _daily(zone: ZoneInfo, *openings: Opening) -> Hours:
    return Hours(zone, (tuple(one for one in openings if one.start < one.end),) * 7)
