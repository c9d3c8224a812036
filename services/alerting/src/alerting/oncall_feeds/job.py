"""The job that keeps the copies of other people's calendars fresh. While a source is away its last good copy counts."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.oncall.ical_in import Event, Unreadable, read
from alerting.core.oncall.schedule import Schedule
from alerting.core.oncall.whose import Whose
from alerting.core.people import Person
from alerting.oncall_feeds.addresses import Addresses
from alerting.oncall_feeds.fetch import Fetcher, NotFetched
from alerting.oncall_feeds.reading import assigned, feed_of, shown
from alerting.oncall_feeds.telemetry import OncallTelemetry
from alerting.oncall_feeds.watch import Watch
from alerting.store import oncall_calendars as kept
from alerting.store.oncall_calendars import Feed, Kept
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause

log = structlog.get_logger()

EVERY = timedelta(minutes=5)
POLL_SECONDS = 15.0
MOST_UNMATCHED = 50


class Feeds:
    """Several replicas may run: whoever moves a calendar's row to "tried" is the one who fetches it.

    Args:
        addresses: of every calendar of ``schedules``, as ``addresses.addresses`` finds them.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        schedules: Mapping[str, Schedule],
        people: Mapping[str, Person],
        addresses: Addresses,
        telemetry: OncallTelemetry,
        *,
        every: timedelta = EVERY,
    ) -> None:
        self._engine = engine
        self._schedules = schedules
        self._whose = Whose(people)
        self._fetcher = Fetcher()
        self._telemetry = telemetry
        self._watch = Watch(engine, schedules, telemetry)
        self._every = every
        self._feeds = {
            feed_of(schedules[name], layer, address, people): address for (name, layer), address in addresses.items()
        }

    async def run(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                try:
                    await self.look()
                except Unavailable as error:
                    log.warning("waiting for a dependency", error=str(error))
                await pause(stop, POLL_SECONDS)
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of the connections; for whoever calls ``look`` without ``run``."""
        await self._fetcher.close()

    async def look(self) -> None:
        """Fetch what is due, then look for gaps. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            await kept.forget_others(tx, [(feed.schedule, feed.layer) for feed in self._feeds])
        outcomes = await asyncio.gather(*(self._attend(feed) for feed in self._feeds), return_exceptions=True)
        for away in (each for each in outcomes if each is not None):
            raise away
        await self._watch.look()

    async def _attend(self, feed: Feed) -> None:
        """Raises Unavailable. One calendar must not end the job, nor hold up the others."""
        try:
            await self._read(feed)
        except Unavailable:
            raise
        except Exception:
            log.exception("a calendar failed by a fault of ours", schedule=feed.schedule, layer=feed.layer)

    async def _read(self, feed: Feed) -> None:
        async with transaction(self._engine) as tx:
            known = await kept.take(tx, feed, self._every)
        if known is None:
            return
        try:
            await self._renew(feed, known)
            self._telemetry.fetched(ok=True)
        except (NotFetched, Unreadable) as error:
            self._telemetry.fetched(ok=False)
            log.warning("a calendar is not renewed", schedule=feed.schedule, layer=feed.layer, problem=str(error))
            await self._go_on_with(feed, known, str(error))

    async def _renew(self, feed: Feed, known: Kept) -> None:
        found = await self._fetcher.fetch(self._feeds[feed], known.etag, known.last_modified)
        content = found.content if found else known.content
        if content is None:
            raise NotFetched("says that nothing has changed since a copy that was never taken")
        events = await self._events(feed, content, known)
        async with transaction(self._engine) as tx:
            if found is not None:
                await kept.keep(tx, feed, found.content, found.etag, found.last_modified)
            await self._expand(tx, feed, known, events)
            await kept.fetched(tx, feed)

    async def _go_on_with(self, feed: Feed, known: Kept, problem: str) -> None:
        """The last good copy tells of more shifts as time goes on."""
        try:
            events = await self._events(feed, known.content, known) if known.content is not None else None
        except Unreadable:  # to this version of the libraries; what was read of it by an earlier one stays
            events = None
        async with transaction(self._engine) as tx:
            await kept.failed(tx, feed, problem)
            if events is not None:
                await self._expand(tx, feed, known, events)

    async def _events(self, feed: Feed, content: bytes, known: Kept) -> list[Event]:
        start, end = known.now - kept.BEHIND, known.now + kept.AHEAD
        return await asyncio.to_thread(read, content, self._schedules[feed.schedule].zone, start, end)

    async def _expand(self, tx: AsyncConnection, feed: Feed, known: Kept, events: list[Event]) -> None:
        shifts, nobodys = assigned(feed.layer, events, self._whose)
        coming = [event for event in nobodys if event.end > known.now]
        if coming:
            place = {"schedule": feed.schedule, "layer": feed.layer}
            log.warning("events of a calendar mean nobody who is known", **place, events=len(coming))
        await kept.expand(tx, feed, known.now, shifts, [shown(event) for event in coming[:MOST_UNMATCHED]])
