"""What one recipient is told singly, and what is put together, when more is waiting than they take. Pure.

A recipient is one person at one destination, or a destination that is shared. Of pages and reminders so many a minute
are told singly, the first page of a case ahead of all others; what is beyond joins one bundle. Nothing is dropped:
whatever waits is either sent, bundled or, a last single one, left waiting until there is room, within the minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from alerting.core.message import What

URGENT_TIMES = 3
"""What is urgent is told singly up to so many times the limit: beyond that, nobody reads single messages either."""

BUNDLED: frozenset[What] = frozenset({"page", "reminder"})
"""Counted and bundled. What follows up a page is at most as much as was told, an incident is told once, and a bundle
is what this makes: those go out by themselves and take nobody's place."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notification that is due. ``first``: the first page of its case, or of its being open again."""

    id: int
    what: What
    first: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Shares:
    """Ids: what may be sent now, in that order, and what joins the bundle. What is in neither waits."""

    single: tuple[int, ...]
    bundled: tuple[int, ...]


def share(waiting: Sequence[Waiting], *, told: int, limit: int, bundle_open: bool) -> Shares:
    """Divide what waits for one recipient.

    Args:
        waiting: in the order it fell due.
        told: pages and reminders told singly within the last minute, those under way included.
        limit: so many of them in a minute.
        bundle_open: whether a bundle that nobody has been sent yet waits already; then even one joins it.
    """
    single, beyond = [], []
    for each in sorted(waiting, key=_rank):
        if each.what not in BUNDLED:
            single.append(each.id)
        elif told < (limit * URGENT_TIMES if each.urgent else limit):
            single.append(each.id)
            told += 1
        else:
            beyond.append(each.id)
    enough = bundle_open or len(beyond) > 1
    return Shares(tuple(single), tuple(beyond) if enough else ())


def _rank(each: Waiting) -> int:
    if each.what == "page" and each.first:
        return 0
    if each.what == "incident" or each.urgent:
        return 1
    if each.what in BUNDLED:
        return 2
    return 4 if each.what == "bundle" else 3
