"""Keeping what was understood, and counting it: the same for events and for webhooks."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.core.gate import Gate
from ingest.core.recent import Recent
from ingest.core.records import Understood
from ingest.store.log import Store
from ingest.telemetry import SourceTelemetry, Telemetry


@dataclass(frozen=True, slots=True)
class Keeping:
    """``clock``: seconds since 1970."""

    store: Store
    gate: Gate
    telemetry: Telemetry
    sources: SourceTelemetry
    recent: Recent = field(default_factory=Recent)
    clock: Callable[[], float] = time.time

    async def keep(self, understood: Understood) -> None:
        """Return once Kafka has every event. Raises what Store.publish raises."""
        if understood.records:
            await self.store.publish(understood.records)
        for type_, count in understood.types.items():
            self.telemetry.accepted(type_, count)
        if understood.ahead:
            self.telemetry.ahead(understood.ahead)
        self.sources.accepted(understood.sources, self.clock())
        self._count_repeats(understood)

    def _count_repeats(self, understood: Understood) -> None:
        seen = self.recent.seen
        repeated = [identity for identity in understood.identities if seen(identity)]
        if not repeated:
            return
        for source, count in Counter(source for _, source, _ in repeated).items():
            self.sources.repeated(source, count)
