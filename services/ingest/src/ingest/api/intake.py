"""What every route does with a request, whatever shape its events have: read, check, keep, answer 202."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import JSONResponse
from starlette.requests import Request

from events.runtime.api_keys import ApiKey
from events.runtime.problem_details import ProblemError
from events.runtime.stream import Outgoing
from ingest.api import body
from ingest.core import records, sources, wire
from ingest.core.gate import Gate
from ingest.core.limits import SINGLE_BYTES
from ingest.core.reading import Arrival, Placed
from ingest.store import Store
from ingest.telemetry import Telemetry

Reader = Callable[[bytes, Arrival], list[Placed]]


@dataclass(frozen=True, slots=True)
class Intake:
    """``clock``: the time events are recorded at."""

    store: Store
    gate: Gate
    telemetry: Telemetry
    clock: Callable[[], datetime]

    async def take(self, request: Request, key: ApiKey, limit: int, reader: Reader) -> JSONResponse:
        """Answer 202 once Kafka has every event of the request. Whatever else happens is raised."""
        self.store.check()
        with self.gate.admit() as ticket:
            raw, sent = await body.read(request, limit, ticket)
            self.telemetry.read(sent)
            context = wire.trace_context(request.headers.get("traceparent"))
            arrival = Arrival(key.tenant, self.clock(), context)
            placed, outgoing = await _understand(raw, arrival, key, reader)
            if outgoing:
                await self.store.publish(outgoing)
        self.telemetry.accepted(placed)
        return JSONResponse({"accepted": len(placed), "ids": [event.id for _, event in placed]}, 202)


async def _understand(raw: bytes, arrival: Arrival, key: ApiKey, reader: Reader) -> tuple[list[Placed], list[Outgoing]]:
    """The large ones in a thread: 1 MiB takes long enough to be felt by everybody else on the loop."""
    if len(raw) > SINGLE_BYTES:
        return await asyncio.to_thread(_understood, raw, arrival, key, reader)
    return _understood(raw, arrival, key, reader)


def _understood(raw: bytes, arrival: Arrival, key: ApiKey, reader: Reader) -> tuple[list[Placed], list[Outgoing]]:
    placed = reader(raw, arrival)
    if problems := sources.not_allowed(placed, key.may_speak_for):
        raise ProblemError(
            403,
            "This API key may not speak for that source",
            "Send the source the key was made for. Plain reports name it in the header Amends-Source.",
            problems=problems,
        )
    return placed, records.of(placed)
