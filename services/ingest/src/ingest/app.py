"""The composition root: everything ingest is made of, put together."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import httpx
import structlog
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from events.runtime import api_page, ops
from events.runtime.api_keys import Keyring
from events.runtime.build_info import tell_version
from events.runtime.errors import Unavailable
from events.runtime.retention import Pruner
from events.runtime.service import Job, Service
from ingest.api import errors, events, webhooks
from ingest.api.accepted import Accepted
from ingest.api.access import Access
from ingest.api.front import Front
from ingest.api.intake import Intake
from ingest.api.keeping import Keeping
from ingest.api.page.document import Documented
from ingest.api.routes import Routes
from ingest.core.bucket import Buckets
from ingest.core.gate import Gate
from ingest.enricher.upkeep import forget_hourly, observe
from ingest.enricher.work import Work
from ingest.enricher.worker import Enricher
from ingest.fetch_telemetry import FetchTelemetry
from ingest.fetching import Fetcher
from ingest.sources.live import LiveSources
from ingest.sources.snapshot import Sources
from ingest.sources_telemetry import SourcesTelemetry
from ingest.store.contacts import Contacts
from ingest.store.key_refresh import KeyRefresh
from ingest.store.keys import Keys
from ingest.store.log import Store
from ingest.store.queue import Queue
from ingest.store.retention import RULES
from ingest.telemetry import SourceTelemetry, Telemetry, watch

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process takes. ``calls``: of each API key. ``trusted_proxies``: whose X-Forwarded-For is believed."""

    calls: Buckets[str] = field(default_factory=lambda: Buckets(1000, 2000))
    gate: Gate = field(default_factory=Gate)
    trusted_proxies: str = ""


@dataclass(frozen=True, slots=True)
class Database:
    """What needs PostgreSQL, and ``client`` for fetching from vendors."""

    engine: AsyncEngine
    client: httpx.AsyncClient


def create_service(
    store: Store, keyring: Keyring, sources: LiveSources, database: Database | None, limits: Limits
) -> Service:
    """The application and everything that runs beside it."""
    registry = CollectorRegistry()
    tell_version(registry, "ingest")
    jobs: list[Job] = [_greeting(store), sources.job(SourcesTelemetry(registry))]
    kept = None
    if database is not None:
        contacts, queue = Contacts(database.engine), Queue(database.engine)
        kept = webhooks.Kept(contacts, queue)
        telemetry = FetchTelemetry(registry)
        work = Work(queue, Fetcher(database.client), store, telemetry)
        jobs += [
            Enricher(queue, work, sources.for_fetching).run,
            partial(observe, database.engine, telemetry),
            partial(forget_hourly, contacts, queue),
            Pruner(database.engine, RULES, registry).run,
            KeyRefresh(Keys(database.engine), keyring, sources.voices).job,
        ]
    app = create_app(store, keyring, sources=lambda: sources.now, kept=kept, limits=limits, registry=registry)
    return Service(app, jobs)


def create_app(
    store: Store,
    keyring: Keyring,
    *,
    sources: Callable[[], Sources] = Sources,
    kept: webhooks.Kept | None = None,
    limits: Limits | None = None,
    registry: CollectorRegistry | None = None,
    clock: Callable[[], datetime] = _now,
) -> ASGIApp:
    """What is served, for the holders of the keys and the configured sources.

    Args:
        sources: asked at every webhook, since they are reloaded.
        kept: what waits in PostgreSQL; None where no source needs it.
    """
    limits, registry = limits or Limits(), registry or CollectorRegistry()
    telemetry, told = Telemetry(registry, [*events.PATHS, webhooks.NAME]), SourceTelemetry(registry)
    told.know(voice for one in sources().all() for voice in one.source.voices)
    told.know(keyring.sources())
    watch(registry, limits.gate, store.state)
    access = Access(keyring, limits.calls)
    keeping = Keeping(store, limits.gate, telemetry, told, erase=None if kept is None else kept.contacts.erase)
    accepted = Accepted()
    routes = Routes(
        dict(events.routes(Intake(access, keeping, accepted, clock))),
        webhooks.Webhooks(sources, access, keeping, accepted, kept, clock),
    )
    front: ASGIApp = Front(_pages(registry), routes, telemetry, told)
    if limits.trusted_proxies:
        trusted = [each.strip() for each in limits.trusted_proxies.split(",")]
        front = ProxyHeadersMiddleware(front, trusted)  # type: ignore[arg-type,assignment]
    return front


def _greeting(store: Store) -> Job:
    """Connect to Kafka before the first request does; where it is away, say so and serve all the same."""

    async def job(stop: asyncio.Event) -> None:
        try:
            await store.publish(())
        except Unavailable as error:
            log.warning("kafka is away; answering 503 until it is back", error=str(error))
        await stop.wait()

    return job


def _pages(registry: CollectorRegistry) -> FastAPI:
    """What is not an event: the API page, probes, metrics."""
    app = api_page.create(Documented, redirect_slashes=False)
    errors.install(app)

    @app.get("/", include_in_schema=False)
    async def front() -> RedirectResponse:
        return RedirectResponse("/docs")

    app.include_router(ops.router(registry, _always_ready))
    return app


async def _always_ready() -> Sequence[str]:
    """Also while Kafka is away: taken out of the load balancer, we could not even answer 503 with Retry-After."""
    return ()
