"""An ingest that answers before the broker has: the mistake that killing it under load must bring to light."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from events.runtime.kafka import KafkaPublisher
from events.runtime.stream import Outgoing
from ingest import main


class Hasty(KafkaPublisher):
    """Publishes in the background, a moment later, as any queue in memory does under load."""

    _behind: ClassVar[set[asyncio.Task[None]]] = set()

    async def publish(self, records: Sequence[Outgoing]) -> None:
        task = asyncio.create_task(self._later(records))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def _later(self, records: Sequence[Outgoing]) -> None:
        await asyncio.sleep(0.05)
        await super().publish(records)


if __name__ == "__main__":
    main.KafkaPublisher = Hasty  # type: ignore[attr-defined]
    main.main()
