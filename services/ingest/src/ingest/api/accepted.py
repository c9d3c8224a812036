"""The line that says what came of a request: with it, every later line about its events can be found.

Not one for each event, nor for each request however many there are: at thousands a second they would cost more than
the work and drown the rest. So many a second are told at ``info``, which is all of them where people read along; the
others at ``debug``, and their number is in the next line. What a request leads to is told by whoever does it, always.
"""

import time
from collections.abc import Callable

import structlog

from events.customer import CustomerErased
from events.origin import Origin
from ingest.core.bucket import Buckets
from ingest.core.records import Understood

log = structlog.get_logger()

A_SECOND, AT_ONCE = 10, 50
MOST_IDS = 20


class Accepted:
    """``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._room: Buckets[None] = Buckets(A_SECOND, AT_ONCE)
        self._untold = 0

    def say(self, understood: Understood, origin: Origin, **more: int) -> None:
        """``more``: what a webhook was beside events."""
        if self._room.take(None, self._clock()):
            self._untold += 1
            say = log.debug
        else:
            say, more = log.info, {**more, "untold": self._untold}
            self._untold = 0
        counts = {name: count for name, count in more.items() if count}
        ids = [id_ for *_, id_ in understood.identities[:MOST_IDS]]
        if CustomerErased.TYPE in understood.types:
            ids = []  # a vendor may call its event after the customer who is to be forgotten
        say("accepted", **origin.said, events=len(understood.records), ids=ids, **counts)
