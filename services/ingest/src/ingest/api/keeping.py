"""Keeping what was understood, and counting it: the same for events and for webhooks."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from events import codec
from events.customer import CustomerErased
from events.runtime.tracing import Span
from events.runtime.tracing_records import sent
from ingest.core.gate import Gate
from ingest.core.recent import Recent
from ingest.core.records import Understood
from ingest.store.log import Store
from ingest.telemetry import SourceTelemetry, Telemetry

Erase = Callable[[Collection[tuple[str, str]]], Awaitable[None]]
"""Given (tenant, customer id) of each. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """``clock``: seconds since 1970. ``erase``: forgets people where something is kept of them; before anybody else
    hears of it, so that no answer but 202 means that all is done."""

    store: Store
    gate: Gate
    telemetry: Telemetry
    sources: SourceTelemetry
    recent: Recent = field(default_factory=Recent)
    clock: Callable[[], float] = time.time
    erase: Erase | None = None

    async def keep(self, understood: Understood, span: Span) -> None:
        """Return once Kafka has every event. ``span``: of their way there. Raises what Store.publish raises."""
        if self.erase is not None and CustomerErased.TYPE in understood.types:
            await self.erase(_going(understood))
        if understood.records:
            sent(span, understood.records)
            with span:
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


def _going(understood: Understood) -> set[tuple[str, str]]:
    events = (codec.decode(each.headers, each.value) for each in understood.records)
    return {(event.tenant, event.data.customer_id) for event in events if isinstance(event.data, CustomerErased)}
