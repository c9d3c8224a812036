"""Responses find whose they are once their contact is reported: the two come by different partitions, in any order."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from profile_sync.core.doubt import SURE
from profile_sync.core.extract import Extractor
from profile_sync.noting import note
from profile_sync.reading import reports_of
from profile_sync.store import erased, unclaimed

log = structlog.get_logger()

POLL_SECONDS = 5.0
AT_ONCE = 200
KEPT = timedelta(days=7)
"""A response whose contact is not reported in a week stays nobody's; its words are not ours to keep."""


class Claimer:
    def __init__(self, engine: AsyncEngine, extractors: Sequence[Extractor], *, sure: float = SURE) -> None:
        self._engine = engine
        self._extractors = extractors
        self._sure = sure

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                while await self.claim() == AT_ONCE and not stop.is_set():
                    continue
                await self._forget()
            except Unavailable as error:
                log.warning("unclaimed responses wait", error=str(error))
            await pause(stop, POLL_SECONDS)

    async def claim(self) -> int:
        """Note up to 200 responses whose customer is known by now. Returns how many. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            found = await unclaimed.claimed(tx, AT_ONCE)
            await erased.share(tx, {each.event.tenant for each in found})
            reports = await reports_of(tx, [(each.event, each.customer_id) for each in found], self._extractors)
            await note(tx, [extraction.report for extraction in reports], sure=self._sure)
        return len(found)

    async def _forget(self) -> None:
        async with transaction(self._engine) as tx:
            await unclaimed.forget(tx, await tx.scalar(text("SELECT now()")) - KEPT, AT_ONCE)
