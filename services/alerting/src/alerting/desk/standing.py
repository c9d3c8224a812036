"""What is due next on a case, and how urgent that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from alerting.core.clocks.queue import Queue
from alerting.core.clocks.standing import Standing
from alerting.store.queue import Queued

Urgency = Literal["overdue", "predicted", "soon", "paused", "running"]
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)

Next = Literal["claim", "contact", "call_back", "close"]

SOON = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Due:
    """Attributes:
    next: what is to be done; ``at``: by when.
    clock: how the clock behind it stands; None where it is an appointment or the closing.
    """

    next: Next
    at: datetime
    urgency: Urgency
    clock: Standing | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the queue, and what is due on it."""

    queued: Queued
    due: Due


def rows(found: Iterable[Queued], line: Queue) -> list[Row]:
    """``found`` may be a part of ``line``, and hold cases that do not wait in it any more."""
    found = list(found)
    standings = line.standings({each.case.id for each in found})
    return [Row(each, _due(each, line.now, standings.get(each.case.id))) for each in found]


def _due(queued: Queued, now: datetime, clocks: tuple[Standing, Standing] | None) -> Due:
    case = queued.case
    if case.callback_at and case.state != "open":
        return Due("call_back", case.callback_at, _by_time(case.callback_at, now, waits=True))
    if case.state == "contacted" or clocks is None:
        return Due("close", queued.due_at, _by_time(queued.due_at, now))
    claim, contact = clocks
    if case.state == "open" and claim.due_at <= contact.due_at:
        return Due("claim", claim.due_at, _urgency(claim, now), claim)
    return Due("contact", contact.due_at, _urgency(contact, now), contact)


def _urgency(clock: Standing, now: datetime) -> Urgency:
    if clock.stand == "breached":
        return "overdue"
    if clock.breach_predicted:
        return "predicted"
    return "paused" if clock.stand == "paused" else _by_time(clock.due_at, now)


def _by_time(at: datetime, now: datetime, *, waits: bool = False) -> Urgency:
    if at <= now:
        return "overdue"
    if at - now <= SOON:
        return "soon"
    return "paused" if waits else "running"
