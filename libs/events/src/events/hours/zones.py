"""Local time: what the clocks of a time zone show, and when."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises ValueError for one that is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder of zones
        raise ValueError("is no time zone of the IANA list, such as Europe/Berlin") from error


def _said(said: Any) -> ZoneInfo:
    if not isinstance(said, str):
        raise ValueError("must be the name of a time zone, such as Europe/Berlin")
    return zone(said)


def _known(name: str) -> str:
    zone(name)
    return name


Zone = Annotated[ZoneInfo, BeforeValidator(_said)]
ZoneName = Annotated[str, AfterValidator(_known)]
"""Fields of a model: a zone by its name, and the name of one that is known."""


def instant(local: datetime, place: ZoneInfo) -> datetime:
    """When the clocks of ``place`` first show ``local`` (naive) or later, in UTC.

    A time that is skipped when the clocks go forward is the moment they do; of a time that comes twice it is the
    first. So it never goes back as ``local`` goes on, and neighbouring spans neither overlap nor leave a gap.
    """
    earlier = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    later = local.replace(tzinfo=place, fold=1).astimezone(UTC)
    return earlier if earlier <= later else _change_between(later, earlier, place)


def _change_between(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The second, after ``before`` and up to ``after``, from which another offset holds."""
    offset, low, high = before.astimezone(place).utcoffset(), before, after
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(place).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def day_start(day: date, place: ZoneInfo) -> datetime:
    """When that day begins in ``place``, in UTC. Where midnight is skipped it begins later."""
    return instant(datetime.combine(day, time.min), place)


def local_day(moment: datetime, place: ZoneInfo) -> date:
    """The day the calendars of ``place`` show at ``moment``."""
    return moment.astimezone(place).date()
