"""The whole run, in the order things are posted. The same seed and start give the same run, event for event."""

import heapq
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from amends.simulation.contact import Contact, Matter
from amends.simulation.said import Planned
from amends.simulation.setting import PRIVACY, Setting
from amends.simulation.story import load
from events.customer import CustomerErased
from events.interaction import Interaction

EVENTS_PER_CONTACT = 3.6
"""About: two reports of most contacts, a survey sent after two thirds of them, half of those with two answers."""

DAY_SECONDS = 180.0
"""How long a day lasts in a run without end."""

COMES_BACK_SECONDS = 25.0
ERASED_AT = 0.6
"""The phase of the day at which somebody asks to be forgotten."""

REAL_DAY = 24 * 3600.0
CONTACTS_A_DAY = 160
PAST_CUSTOMERS = 4000
OLD_NEWS = timedelta(minutes=65)


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
    setting = Setting(rng, start, tag, customers, COMES_BACK_SECONDS)
    return _postings(setting, rate / EVENTS_PER_CONTACT, seconds or DAY_SECONDS, seconds)


def past(seed: int, now: datetime, *, tag: str, days: float) -> Iterator[Planned]:
    """What was reported in the days before ``now``, up to an hour ago: what is as old as that pages nobody.

    A small centre on ordinary days. Nobody states a preference.
    """
    rng = random.Random(seed)  # noqa: S311  (a simulation)
    start = now - OLD_NEWS - timedelta(days=days)
    setting = Setting(rng, start, tag, PAST_CUSTOMERS, 1.5 * REAL_DAY, preferences=False, misfortune=0.2)
    return _postings(setting, CONTACTS_A_DAY / REAL_DAY, REAL_DAY, days * REAL_DAY)


def _postings(setting: Setting, per_second: float, day: float, seconds: float | None) -> Iterator[Planned]:
    """``per_second``: new contacts, on average; those who come back add to them."""
    rng = setting.rng
    waiting: list[tuple[float, int, Planned]] = []
    arrivals: list[tuple[float, int, Matter | None]] = [(0.0, 0, None)]
    forgotten: set[str] = set()
    judged: set[str] = set()
    for number in range(1, 10**9):
        at, _, matter = heapq.heappop(arrivals)
        while waiting and waiting[0][0] <= min(at, seconds or at):
            yield heapq.heappop(waiting)[2]
        if seconds is not None and at > seconds:
            return  # what would be posted after the end is not
        if matter is None:
            heapq.heappush(arrivals, (at + rng.expovariate(per_second * load(at / day % 1)), number, None))
        contact = Contact(setting, at, phase=at / day % 1, number=number, matter=matter)
        if contact.customer in forgotten:
            continue
        told = list(contact.plan())
        judged |= {contact.customer} if contact.customer and not all(map(_is_contact, told)) else set()
        for order, planned in enumerate(told):
            heapq.heappush(waiting, (planned.at, 100 * number + order, planned))  # ties keep the order of planning
        if contact.returns is not None:
            heapq.heappush(arrivals, (contact.returns.at, number, contact.returns))
        elif contact.customer and contact.customer not in judged and at / day >= len(forgotten) + ERASED_AT:
            # One who has said nothing: a case that an erasure closes may or may not have been told of before.
            forgotten.add(contact.customer)
            gone = max(planned.at for planned in told)
            heapq.heappush(waiting, (gone, 100 * number + 99, _erasure(setting, contact.customer, gone)))


def _is_contact(planned: Planned) -> bool:
    return isinstance(planned.said.payload, Interaction)


def _erasure(setting: Setting, customer: str, at: float) -> Planned:
    asked = setting.moment(at - 0.1)
    return setting.post(CustomerErased(customer_id=customer, requested_at=asked), PRIVACY, at, asked)
