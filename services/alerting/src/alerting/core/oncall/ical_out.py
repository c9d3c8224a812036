"""Our shifts as a calendar that others subscribe to (RFC 5545)."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from alerting.core.oncall.schedule import Shift

MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(minutes=15)


def calendar(name: str, titled: Iterable[tuple[str, str, Shift]], now: datetime) -> bytes:
    """One event a shift. All times are in UTC, which every calendar shows by its owner's clocks.

    Args:
        titled: the schedule's id, the title of the event, and the shift.
        now: stands on every event as when it was told (DTSTAMP).
    """
    told = Calendar()
    told.add("prodid", "-//Amends//On call//EN")
    told.add("version", "2.0")
    told.add("calscale", "GREGORIAN")
    told.add("method", "PUBLISH")
    told.add("name", name)
    told.add("x-wr-calname", name)
    told.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    told.add("x-published-ttl", "PT15M")
    for schedule, title, shift in titled:
        told.add_component(_event(schedule, title, shift, now))
    return bytes(told.to_ical())


def _event(schedule: str, title: str, shift: Shift, now: datetime) -> Event:
    event = Event()
    event.add("uid", _uid(schedule, shift))
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", shift.start.astimezone(UTC))
    event.add("dtend", shift.end.astimezone(UTC))
    event.add("summary", title)
    event.add("transp", "TRANSPARENT")  # whoever is on call can still be invited
    return event


def _uid(schedule: str, shift: Shift) -> str:
    """The same at every reading: a calendar then moves the event instead of adding another."""
    said = "\0".join((schedule, str(shift.layer), shift.person, shift.source, shift.mark, shift.start.isoformat()))
    return f"{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}@amends"
