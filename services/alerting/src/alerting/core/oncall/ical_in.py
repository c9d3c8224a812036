"""Reading somebody's calendar (RFC 5545): which events it has in a span of time, recurrences and exceptions worked out.

Refused whole, in words that repeat nothing of it, where it cannot be understood: of a calendar that is half read
nobody knows who is missing. What repeats for ever is bounded: events, recurring ones, occurrences, and no rule may
repeat by the minute.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from events.hours import zones

MOST_EVENTS = 5_000
MOST_RECURRING = 300
MOST_OCCURRENCES = 10_000
_FIRST_YEAR = 1970
_AT_ONCE = timedelta(days=7)
_WHEN = ("DTSTART", "DTEND", "RECURRENCE-ID")
_SAYS_WHEN = {*_WHEN, "DURATION", "RRULE", "RDATE", "EXDATE"}
_Component = Any  # the libraries' types leave open which properties an event has
_FINE_RULES = ("SECONDLY", "MINUTELY")


class Unreadable(ValueError):
    """This is no calendar that can be followed; the text says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One occurrence; ``start`` and ``end`` in UTC. ``addresses``: of those invited who have not declined.

    ``mark``: the same for this occurrence at every reading, and for no other.
    """

    start: datetime
    end: datetime
    summary: str
    addresses: tuple[str, ...]
    mark: str


def read(content: bytes, zone: ZoneInfo, start: datetime, end: datetime) -> list[Event]:
    """Its events between two moments, oldest first; those that are cancelled, or take no time, left out.

    Args:
        zone: whose clocks an all-day event and one without a time zone go by, where the calendar names none.

    Raises:
        Unreadable
    """
    calendar = _parsed(content)
    for number, event in enumerate(calendar.walk("VEVENT"), 1):
        if complaint := _complaint(event):
            raise Unreadable(f"its event {number} {complaint}")
    zone = _own_zone(calendar) or zone
    try:
        found = {event.mark: event for event in _occurrences(calendar, zone, start, end)}
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001  (the libraries raise whatever the malformed parts lead them to)
        raise Unreadable(f"its events cannot be worked out ({type(error).__name__})") from None
    return sorted(found.values(), key=lambda event: (event.start, event.mark))


def _parsed(content: bytes) -> _Component:
    try:
        calendar = Calendar.from_ical(content)
    except Exception:  # noqa: BLE001  (as above)
        raise Unreadable("is no iCalendar file") from None
    if calendar.name != "VCALENDAR":
        raise Unreadable("is no iCalendar file")
    events = calendar.walk("VEVENT")
    if len(events) > MOST_EVENTS:
        raise Unreadable(f"has more than {MOST_EVENTS} events")
    if sum("RRULE" in event or "RDATE" in event for event in events) > MOST_RECURRING:
        raise Unreadable(f"has more than {MOST_RECURRING} recurring events")
    return calendar


def _own_zone(calendar: _Component) -> ZoneInfo | None:
    said = calendar.get("X-WR-TIMEZONE")
    try:
        return zones.zone(str(said)) if said else None
    except ValueError:
        raise Unreadable("names a time zone that is not known (X-WR-TIMEZONE)") from None


def _complaint(event: _Component) -> str | None:
    broken = {name for name, _ in event.errors} & _SAYS_WHEN
    if broken:
        return f"has a {min(broken)} that cannot be understood"
    if "DTSTART" not in event:
        return "has no DTSTART"
    for name in _WHEN:
        if (complaint := _time_complaint(event.get(name))) is not None:
            return f"has a {name} {complaint}"
    start, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    if end is not None and isinstance(start, datetime) != isinstance(end, datetime):
        return "begins at a time and ends on a day, or the other way about"
    if end is not None and _wall(end) < _wall(start) and getattr(end, "tzinfo", None) == getattr(start, "tzinfo", None):
        return "ends before it starts"
    return _rule_complaint(event.get("RRULE"))


def _time_complaint(said: Any) -> str | None:
    if said is None:
        return None
    if isinstance(said, list):
        return "more than once"
    if isinstance(said.dt, datetime) and said.dt.tzinfo is None and said.params.get("TZID"):
        return "in a time zone that is neither known nor described"
    return None if said.dt.year >= _FIRST_YEAR else f"before the year {_FIRST_YEAR}"


def _rule_complaint(said: Any) -> str | None:
    if said is None:
        return None
    rules = said if isinstance(said, list) else [said]
    for rule in rules:
        if rule.get("FREQ", [""])[0] in _FINE_RULES or len(rule.get("BYMINUTE", [])) > 1 or rule.get("BYSECOND"):
            return "repeats within the hour, which no shift does"
    return None


def _occurrences(calendar: _Component, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Event]:
    """A week at a time, so that a calendar that has too many is found out before they fill the memory."""
    query, seen, at = recurring_ical_events.of(calendar), 0, start
    while at < end:
        until = min(end, at + _AT_ONCE)
        # a day more on both sides: an event without a time zone is compared as if it were in UTC
        for found in query.between(at - timedelta(days=1), until + timedelta(days=1)):
            seen += 1
            if seen > MOST_OCCURRENCES:
                raise Unreadable(f"has more than {MOST_OCCURRENCES} occurrences in the time that is looked at")
            event = _event(found, zone)
            if event.start < event.end and event.start < end and event.end > start and not _cancelled(found):
                yield event
        at = until


def _event(found: _Component, zone: ZoneInfo) -> Event:
    begins = _utc(found.start, zone)
    said = f"{found.get('UID', '')}\0{begins.isoformat()}\0{found.get('SUMMARY', '')}"
    mark = hashlib.blake2b(said.encode(), digest_size=12).hexdigest()
    return Event(begins, _utc(found.end, zone), str(found.get("SUMMARY", "")), tuple(_invited(found)), mark)


def _cancelled(found: _Component) -> bool:
    return str(found.get("STATUS", "")).upper() == "CANCELLED"


def _invited(found: _Component) -> Iterator[str]:
    said = found.get("ATTENDEE", [])
    attendees: Sequence[Any] = said if isinstance(said, list) else [said]
    for each in attendees:
        kind, answer = (str(each.params.get(name, "")).upper() for name in ("CUTYPE", "PARTSTAT"))
        address = str(each)
        if kind in ("", "INDIVIDUAL") and answer != "DECLINED" and address[:7].lower() == "mailto:":
            yield address[7:].strip()


def _utc(said: date, zone: ZoneInfo) -> datetime:
    if not isinstance(said, datetime):
        return zones.day_start(said, zone)
    return (said if said.tzinfo else said.replace(tzinfo=zone)).astimezone(UTC)


def _wall(said: date) -> datetime:
    return said.replace(tzinfo=None) if isinstance(said, datetime) else datetime(said.year, said.month, said.day)  # noqa: DTZ001
