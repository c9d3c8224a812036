"""The routes every service has for those who run it: /livez, /readyz (also as /healthz) and /metrics."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

Readiness = Callable[[], Awaitable[Sequence[str]]]
"""Why this process cannot do its job now: one sentence each; empty when it can."""


def router(registry: CollectorRegistry, readiness: Readiness) -> APIRouter:
    """Liveness looks at nothing but the process itself: a database that is away is no reason to restart us."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @routes.get("/healthz")
    @routes.get("/readyz")
    async def readyz() -> Response:
        reasons = list(await readiness())
        status = {"status": "ready"} if not reasons else {"status": "not ready", "reasons": reasons}
        return JSONResponse(status, 503 if reasons else 200)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes
