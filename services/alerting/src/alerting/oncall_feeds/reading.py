"""What the events of a calendar say of our people."""

import hashlib
from collections.abc import Iterable, Mapping

from pydantic import SecretStr

from alerting.core.oncall.ical_in import Event
from alerting.core.oncall.schedule import Schedule, Shift
from alerting.core.oncall.whose import Whose
from alerting.core.people import Person
from alerting.store.oncall_calendars import Feed

LONGEST_TITLE = 200


def assigned(layer: int, events: Iterable[Event], whose: Whose) -> tuple[list[Shift], list[Event]]:
    """The shifts that the events are, and the events that mean nobody."""
    shifts, nobodys = [], []
    for event in events:
        people = whose.people(event)
        shifts += [Shift(layer, id_, event.start, event.end, "calendar", event.mark) for id_ in people]
        nobodys += [] if people else [event]
    return shifts, nobodys


def shown(event: Event) -> dict[str, str]:
    """An event that means nobody, for whoever is to mend that."""
    title = "".join(c if c.isprintable() else " " for c in event.summary[:LONGEST_TITLE])  # PostgreSQL takes no NUL
    return {"starts": event.start.isoformat(), "ends": event.end.isoformat(), "title": title}


def feed_of(schedule: Schedule, layer: int, address: SecretStr, people: Mapping[str, Person]) -> Feed:
    """A calendar is read anew when its address, the schedule's zone or the people have changed."""
    everybody = [(one.id, one.name, sorted(one.reach.values())) for one in people.values()]
    where = address.get_secret_value()
    return Feed(schedule.id, layer, _digest(where), _digest(repr((where, schedule.zone.key, everybody))))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
