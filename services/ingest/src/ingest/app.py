"""The composition root: everything ingest is made of, put together."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from events.runtime import api_page, ops
from events.runtime.api_keys import Keyring
from events.runtime.stream import Publisher
from ingest.api import errors, page, routes
from ingest.api.intake import Intake
from ingest.api.observed import Observed
from ingest.core.breaker import Breaker
from ingest.core.gate import Gate
from ingest.store import Store
from ingest.telemetry import Telemetry, watch


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    publisher: Publisher,
    keyring: Keyring,
    *,
    clock: Callable[[], datetime] = _now,
    gate: Gate | None = None,
    breaker: Breaker | None = None,
) -> FastAPI:
    """Ingest over ``publisher`` for the holders of the keys."""
    app = api_page.create(page.Documented, redirect_slashes=False)
    registry = CollectorRegistry()
    gate = gate or Gate()
    store = Store(publisher, breaker or Breaker())
    telemetry = Telemetry(registry, routes.PATHS)
    watch(registry, gate, store.state)
    errors.install(app, telemetry)
    app.add_middleware(Observed, telemetry=telemetry)
    app.include_router(routes.router(keyring, Intake(store, gate, telemetry, clock)))
    app.include_router(ops.router(registry, _always_ready))
    return app


async def _always_ready() -> Sequence[str]:
    """Also while Kafka is away: taken out of the load balancer, we could not even answer 503 with Retry-After."""
    return ()
