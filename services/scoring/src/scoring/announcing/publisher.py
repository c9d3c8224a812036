"""Empties the outbox into Kafka."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.runtime.kafka import KafkaPublisher
from scoring.announcing.telemetry import AnnouncementTelemetry
from scoring.rounds import rounds
from scoring.store import outbox

EVERY_SECONDS = 1.0
AT_ONCE = 500


class Announcer:
    """Publishes what waits, and forgets it once the broker has it. Any number of replicas may do it."""

    def __init__(self, engine: AsyncEngine, publisher: KafkaPublisher, telemetry: AnnouncementTelemetry) -> None:
        """``publisher`` is closed with the job."""
        self._engine = engine
        self._publisher = publisher
        self._telemetry = telemetry

    async def run(self, stop: asyncio.Event) -> None:
        try:
            await rounds(stop, EVERY_SECONDS, self.once, "nothing announced")
        finally:
            await self._publisher.close()

    async def once(self) -> None:
        """Everything that waits. Raises Unavailable: what was not acknowledged is published again."""
        async with transaction(self._engine) as tx:
            self._telemetry.oldest(await outbox.oldest(tx))
        found = 1
        while found:
            async with transaction(self._engine) as tx:
                waiting = await outbox.waiting(tx, AT_ONCE)
                if waiting:
                    await self._publisher.publish([one.record for one in waiting])
                    await outbox.acknowledged(tx, waiting)
            found = len(waiting)
            self._telemetry.published(found)
