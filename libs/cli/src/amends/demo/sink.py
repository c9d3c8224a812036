"""Where the demo's notifications go: an HTTP server in this process that notes when each arrived."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amends.local.ports import HOST

MAX_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivered webhook. ``at`` is by ``time.monotonic()``."""

    event_id: str
    case_id: str
    at: float


@dataclass(slots=True)
class Sink:
    """Attributes:
    arrivals: verified webhooks in order.
    forged: webhooks whose signature or content is wrong.
    apprise: notifications that came through Apprise.
    others: verified webhooks that tell of something else than a new case, by type.
    """

    secret: str
    arrivals: list[Arrival] = field(default_factory=list)
    forged: int = 0
    apprise: int = 0
    others: Counter[str] = field(default_factory=Counter)
    arrived: asyncio.Queue[Arrival] = field(default_factory=asyncio.Queue)

    async def webhook(self, request: Request) -> Response:
        at = time.monotonic()
        body = await request.body()
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
            document = json.loads(body)
            data: dict[str, Any] = document["data"]
            if document["type"] != "case.opened":  # how a case goes on, an incident, many at once
                self.others[document["type"]] += 1
                return Response(status_code=204)
            arrival = Arrival(str(data["event_id"]), str(data["case_id"]), at)
        except (WebhookVerificationError, ValueError, KeyError, TypeError):
            self.forged += 1
            return Response(status_code=400)
        self.arrivals.append(arrival)
        self.arrived.put_nowait(arrival)
        return Response(status_code=204)

    async def note(self, request: Request) -> Response:
        await request.body()
        self.apprise += 1
        return Response(status_code=204)

    def first_arrivals(self) -> dict[str, float]:
        """Event id → when its first notification came."""
        return {arrival.event_id: arrival.at for arrival in reversed(self.arrivals)}


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # signals are the demo's


@asynccontextmanager
async def serving(sink: Sink, port: int) -> AsyncIterator[None]:
    """The sink at ``/webhook`` and ``/apprise`` of a local port."""
    app = Starlette(
        routes=[Route("/webhook", sink.webhook, methods=["POST"]), Route("/apprise", sink.note, methods=["POST"])]
    )
    server = _Server(uvicorn.Config(app, host=HOST, port=port, log_config=None, access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve())
    try:
        while not server.started and not task.done():  # noqa: ASYNC110  (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = server.force_exit = True
        await asyncio.wait({task}, timeout=2)
