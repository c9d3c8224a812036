"""The loop: which sources have something due, how much of it at once, and who waits.

Each source has its own rate, pause and places, so a vendor that is slow or away holds up nobody else.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from events.runtime.errors import Unavailable
from ingest.core.replies import Park, Pause, Reason
from ingest.core.source import Source
from ingest.enricher.work import Target, Work
from ingest.store.queue import Queue
from ingest.store.schema import Owner
from ingest.vendors.vendor import Vendor

log = structlog.get_logger()

Lookup = Callable[[str], tuple[Vendor, Source, str | None] | None]
"""The name of a source → its adapter, its configuration and its API token, as they are now; None where there is no such
source any more. Asked before every claim, so that a reload takes effect; it must not block."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much at once.

    Attributes:
        per_source: fetches under way for one source.
        at_once: for all of them.
        poll_seconds: how often an idle queue is looked at.
    """

    per_source: int = 4
    at_once: int = 32
    poll_seconds: float = 0.5


class Enricher:
    """``run`` is a Job for ``service.serve``. Several, in one process or many, share the queue."""

    def __init__(self, queue: Queue, work: Work, lookup: Lookup, bounds: Bounds | None = None) -> None:
        self._queue = queue
        self._work = work
        self._lookup = lookup
        self._bounds = bounds or Bounds()
        self._running: dict[asyncio.Task[None], Owner] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until ``stop``; what is under way then is finished, which an exchange's and Kafka's deadline bound."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._start_due()
                ends = {stopping, *self._running}
                await asyncio.wait(ends, timeout=self._bounds.poll_seconds, return_when=asyncio.FIRST_COMPLETED)
                self._reap()
            await asyncio.gather(*self._running)
        finally:
            stopping.cancel()
            for task in self._running:
                task.cancel()

    def _reap(self) -> None:
        """Forget the tasks that are over; raises what one raised, since that is a bug and must be seen."""
        for task in [task for task in self._running if task.done()]:
            del self._running[task]
            task.result()

    async def _start_due(self) -> None:
        if self._work.kafka_away():
            return  # asking a vendor is of no use then
        try:
            if len(self._running) < self._bounds.at_once:
                busy = Counter(self._running.values())
                for owner in sorted(await self._queue.due(), key=lambda owner: busy[owner]):
                    free = self._bounds.at_once - len(self._running)
                    await self._start(owner, min(self._bounds.per_source - busy[owner], free))
        except Unavailable as error:
            log.warning("not fetching: waiting for a dependency", error=str(error))

    async def _start(self, owner: Owner, limit: int) -> None:
        target = self._target(owner)
        if isinstance(target, Park):
            count = await self._queue.abandon(owner, target.reason)
            log.error("what waited for a source that is gone is parked", source=owner.source, count=count)
        elif isinstance(target, Pause):
            await self._work.pause(owner, target)
        elif limit > 0:
            for claim in await self._queue.claim(owner, limit, target.api.per_second):
                self._running[asyncio.create_task(self._work.do(claim, target))] = owner

    def _target(self, owner: Owner) -> Target | Pause | Park:
        found = self._lookup(owner.source)
        if found is None or found[1].tenant != owner.tenant:
            return Park(Reason.SOURCE_GONE)
        vendor, source, token = found
        if vendor.enrichment is None or source.api is None or not token:
            return self._work.not_configured()
        return Target(vendor.enrichment, source, source.api, token)
