"""What a customer does without saying so: always coming by the same channel. A weak hint, which expires.

It is proposed and never more by itself: doing is not saying.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from profile_sync.core.lifetimes import expires_at
from profile_sync.core.preferences import Customer, Note, Report, ResponseId, Said, Slot, Stamp

SOURCE = "urn:amends:habit"
EXTRACTOR = "habit/1"
CONFIDENCE = 0.4
LOOK_BACK = timedelta(days=180)
AT_LEAST = 3
"""So many contacts, and none by another channel, make a habit."""

RENEWED = timedelta(days=7)
"""A habit that goes on is noted anew this often, not at every contact."""

NO_CHOICE = frozenset({"in-person", "other"})
"""Channels that cannot be offered to a customer in return."""


class Seen(NamedTuple):
    """How a customer came lately.

    Attributes:
        contacts: how many inbound ones within LOOK_BACK before the last.
        channels: by which.
        last_at: when the last one was.
        noted: the channel of the habit that is noted now, and when it was last seen; None where none is.
    """

    customer: Customer
    contacts: int
    channels: frozenset[str]
    last_at: datetime
    noted: tuple[str, datetime] | None


def report(seen: Seen, now: datetime) -> Report | None:
    """What is to be noted of it, in the place of what was; None where nothing changes."""
    id_ = ResponseId(seen.customer.tenant, SOURCE, seen.customer.customer_id)
    stamp = Stamp(int(now.timestamp() * 1000), "habit")
    if seen.contacts < AT_LEAST or len(seen.channels) != 1 or not seen.channels.isdisjoint(NO_CHOICE):
        return None if seen.noted is None else Report(id_, stamp, now)
    (channel,) = seen.channels
    if seen.noted is not None and seen.noted[0] == channel and seen.last_at < seen.noted[1] + RENEWED:
        return None
    said = Said(Slot("contact_channel"), channel, EXTRACTOR, CONFIDENCE)
    until = expires_at(said, seen.last_at)
    return Report(id_, stamp, now, (Note(id_, stamp, seen.customer, said, seen.last_at, now, until),))
