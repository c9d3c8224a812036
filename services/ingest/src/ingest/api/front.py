"""The ASGI layer in front: our own routes straight from the server, everything else (pages, probes) by FastAPI."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events.opaque import opaque
from events.runtime import tracing
from ingest.api import errors
from ingest.api.call import Answer, Call
from ingest.core.bucket import Buckets
from ingest.telemetry import OTHER, Reason, SourceTelemetry, Telemetry

log = structlog.get_logger()

LOG_SECONDS = 60.0
"""A refusal is logged once in so long for each source and reason; the counters have all of them."""

Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """``name``: how its time is counted. ``methods``: what handles each, such as POST."""

    name: str
    methods: Mapping[str, Handler]

    @property
    def path(self) -> str:
        """What the span of a request is called by: nothing but the name."""
        return self.name


class Routes(Protocol):
    def find(self, path: str) -> Route | None: ...


class Front:
    def __init__(self, app: ASGIApp, routes: Routes, telemetry: Telemetry, sources: SourceTelemetry) -> None:
        self._app = app
        self._routes = routes
        self._telemetry = telemetry
        self._sources = sources
        self._said: Buckets[tuple[str | None, Reason]] = Buckets(1 / LOG_SECONDS, 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        route = self._routes.find(scope["path"])
        try:
            if route is None:
                await self._pass_on(scope, receive, send)
            else:
                call = Call(scope, receive)
                scope["route"] = route
                tracing.note({"amends.request_id": opaque(call.request_id)})
                answer = await self._answer(route, call)
                await answer.send(send, call.request_id)
        finally:
            self._telemetry.answered(route.name if route else OTHER, time.perf_counter() - began)

    async def _answer(self, route: Route, call: Call) -> Answer:
        try:
            handler = route.methods.get(call.scope["method"])
            if handler is None:
                raise errors.no_such_method(", ".join(route.methods))
            return await handler(call)
        except Exception as error:  # noqa: BLE001  (the last resort: it is logged, and answered 500)
            answer, reason = errors.answer(error, call.request_id)
            self._telemetry.rejected(reason)
            if call.source is not None:
                self._sources.rejected(call.source, reason)
            if not self._said.take((call.source, reason), time.monotonic()):
                where = {"route": route.name, "source": call.source, "signature": call.verdict}
                log.info("refused", reason=reason.value, status=answer.status, request_id=call.request_id, **where)
            return answer

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = Call(scope, receive).request_id.encode()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] in range(400, 501):
                    self._telemetry.rejected(Reason.of_status(message["status"]))
                message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", request_id)]}
            await send(message)

        await self._app(scope, receive, watched)
