"""The whole run, in the order things are posted. The same seed and start give the same run, event for event."""

import heapq
import random
from collections.abc import Iterator
from datetime import datetime

from amends.simulation.contact import Contact
from amends.simulation.said import Planned
from amends.simulation.story import load

EVENTS_PER_CONTACT = 2.1
"""About: two reports of most contacts, a survey of a third of them."""

DAY_SECONDS = 180.0
"""How long a day lasts in a run without end."""


def plan(
    seed: int, start: datetime, *, tag: str, rate: float = 40.0, seconds: float | None = None, customers: int = 400
) -> Iterator[Planned]:
    """Postings in order of ``at``, about ``rate`` events a second.

    Args:
        start: what time it is at ``at`` = 0; event times follow from it.
        tag: part of every id and source, so that two runs never speak of the same things.
        seconds: the length of the run, which is then one day; None: day follows day without end.
    """
    rng = random.Random(seed)  # noqa: S311  (a simulation)
    day = seconds or DAY_SECONDS
    waiting: list[tuple[float, int, Planned]] = []
    count = 0
    at = 0.0
    for number in range(1, 10**9):
        at += rng.expovariate(rate / EVENTS_PER_CONTACT * load(at / day % 1))
        while waiting and waiting[0][0] <= min(at, seconds or at):
            yield heapq.heappop(waiting)[2]
        if seconds is not None and at > seconds:
            return  # what would be posted after the end is not
        contact = Contact(rng, start, at, phase=at / day % 1, tag=tag, number=number, customers=customers)
        for planned in contact.plan():
            count += 1  # ties keep the order in which they were planned
            heapq.heappush(waiting, (planned.at, count, planned))
