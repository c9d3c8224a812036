"""Events in our own formats: read, check, keep, answer 202."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from events.origin import Origin
from events.problems import Problem
from events.runtime.api_keys import ApiKey
from events.runtime.problem_details import ProblemError
from events.runtime.tracing import Span
from events.runtime.tracing_records import sending
from ingest.api import body
from ingest.api.accepted import Accepted
from ingest.api.access import Access, allow
from ingest.api.call import JSON, Answer, Call
from ingest.api.keeping import Keeping
from ingest.core import sources, wire
from ingest.core.limits import SINGLE_BYTES
from ingest.core.reading import Arrival
from ingest.core.records import Understood


@dataclass(frozen=True, slots=True)
class Shape:
    """A way to post events.

    Attributes:
        limit: the largest body, in bytes.
        read: the body → what it holds. Raises Invalid, TooLarge.
        source_at: where an event says its source, with ``{}`` for its number.
    """

    limit: int
    read: Callable[[bytes, Arrival], Understood]
    source_at: str = "/source"


@dataclass(frozen=True, slots=True)
class Intake:
    """``clock``: the time events are recorded at."""

    access: Access
    keeping: Keeping
    accepted: Accepted
    clock: Callable[[], datetime]

    def admit(self, call: Call) -> ApiKey:
        """Raises ProblemError where the caller may not post."""
        key = self.access.writer(call)
        if len(key.sources) == 1:
            call.source = key.sources[0]
        return key

    async def take(self, call: Call, key: ApiKey, shape: Shape) -> Answer:
        """Answer 202 once Kafka has every event of the request. Whatever else happens is raised."""
        self.keeping.store.check()
        with self.keeping.gate.admit() as ticket:
            raw, sent = await body.read(call, shape.limit, ticket)
            self.keeping.telemetry.read(sent)
            span = sending()
            arrived = arrival(call, key.tenant, self.clock(), span)
            understood = await self._understand(raw, arrived, key, shape)
            await self.keeping.keep(understood, span)
        self.accepted.say(understood, arrived.origin)
        return Answer(202, msgspec.json.encode({"accepted": len(understood.records), "ids": understood.ids}), [JSON])

    async def _understand(self, raw: bytes, arrived: Arrival, key: ApiKey, shape: Shape) -> Understood:
        """The large ones in a thread: 1 MiB takes long enough to be felt by everybody else on the loop."""
        if len(raw) > SINGLE_BYTES:
            understood = await asyncio.to_thread(shape.read, raw, arrived)
        else:
            understood = shape.read(raw, arrived)
        allow(key, understood.types)
        if problems := sources.not_allowed(understood, key.may_speak_for, at=shape.source_at):
            raise wrong_source(problems)
        return understood


def wrong_source(problems: Sequence[Problem] = ()) -> ProblemError:
    return ProblemError(
        403,
        "This API key may not speak for that source",
        "Send the source the key was made for. Plain reports name it in the header Amends-Source.",
        problems=problems,
    )


def arrival(call: Call, tenant: str, recorded_at: datetime, span: Span) -> Arrival:
    """``span``: of the records the request becomes."""
    context = wire.trace_context(call.headers.get("traceparent"))
    state = wire.trace_state(call.headers.get("tracestate")) if context else None  # it is of that trace, or of none
    return Arrival(tenant, recorded_at, *span.carry(Origin(call.request_id, context, state)))
