"""Keeping events: Kafka behind a circuit breaker, so that while it is away nobody waits for it in vain."""

import time
from collections.abc import Callable, Sequence

import structlog

from events.runtime.errors import Unavailable
from events.runtime.stream import Outgoing, Publisher
from ingest.core.breaker import Breaker, State

log = structlog.get_logger()


class NotTried(Unavailable):
    """Kafka was away a moment ago, so nothing was sent and nothing is stored."""


class Store:
    """Is itself a Publisher. ``clock`` is monotonic, in seconds."""

    def __init__(self, publisher: Publisher, breaker: Breaker, clock: Callable[[], float] = time.monotonic) -> None:
        self._publisher = publisher
        self._breaker = breaker
        self._clock = clock

    def state(self) -> State:
        return self._breaker.state(self._clock())

    def check(self) -> None:
        """Raises NotTried where ``publish`` would: there is no use in reading a body then."""
        if self.state() is State.OPEN:
            raise NotTried("the breaker is open")

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Return when every in-sync replica has all of them.

        Raises:
            NotTried: nothing was sent.
            Unavailable: not within the deadline; some, all or none may have been stored.
        """
        began = self._clock()
        if not self._breaker.admit(began):
            raise NotTried("the breaker is open")
        try:
            await self._publisher.publish(records)
        except BaseException as error:  # a probe that is cancelled must report too, or nobody would ever try again
            if self._breaker.failed(began, self._clock()):
                log.warning("kafka does not confirm: is it up, and do the topics exist?", error=_name(error))
            raise
        if self._breaker.succeeded(self._clock()):
            log.info("kafka confirms again")


def _name(error: BaseException) -> str:
    return str(error) if isinstance(error, Unavailable) else type(error).__name__
