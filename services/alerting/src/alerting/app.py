"""The composition root of alerting."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting import api, channels
from alerting.announcing import Announcer
from alerting.auditor import Auditor
from alerting.channels.port import Channel
from alerting.core.message import case_opened
from alerting.desk.app import create_desk
from alerting.desk.visitor import Access
from alerting.dispatcher import Lane
from alerting.handler import Handler
from alerting.settings import Settings
from alerting.store.cases import Cases
from alerting.store.intake import Opening
from alerting.store.outbox import Outbox
from alerting.store.views import Views
from alerting.store.wake import Bell
from alerting.telemetry import AuditTelemetry, CaseTelemetry, DeliveryTelemetry, ReportTelemetry
from events.runtime import api_page, ops
from events.runtime.api_keys import Keyring
from events.runtime.database import PostgresLedger, database_ready, forget_hourly
from events.runtime.kafka import KafkaPublisher
from events.runtime.reloading import keys_reloading
from events.runtime.service import Job, Service
from events.runtime.telemetry import ConsumerTelemetry
from events.runtime.worker import consumer

SCHEMA = "alerting"
MIGRATIONS = Path(__file__).parent / "migrations"

log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings, engine: AsyncEngine, keyring: Keyring, *, now: Callable[[], datetime] = utc_now
) -> Service:
    """The HTTP application and the jobs that run beside it."""
    registry = CollectorRegistry()
    telemetry = CaseTelemetry(registry)
    destinations = channels.configured(settings.destinations)
    names = tuple(channel.name for channel in destinations)
    if not names:
        log.warning("nobody will be told of new cases: set ALERTING_WEBHOOK_URL or ALERTING_APPRISE_URLS")
    opening = Opening(timedelta(minutes=settings.contact_minutes), names)
    consume = consumer(
        "alerting",
        settings.kafka_bootstrap_servers,
        engine,
        (Handler(settings.policy, opening, telemetry),),
        ConsumerTelemetry(registry, "alerting"),
        session=settings.kafka_session_seconds,
    )
    auditor = Auditor(engine, names, AuditTelemetry(registry))
    keep = partial(forget_hourly, PostgresLedger(engine))
    jobs = (consume, auditor.run, keep, keys_reloading(keyring, settings.api_keys_file))
    app = _http(settings, engine, keyring, registry, Cases(engine, telemetry), now)
    return Service(app, (*jobs, *_delivery(settings, engine, destinations, registry)))


def _delivery(
    settings: Settings, engine: AsyncEngine, destinations: Sequence[Channel], registry: CollectorRegistry
) -> list[Job]:
    telemetry = DeliveryTelemetry(registry, tuple(channels.KINDS))
    bell, outbox = Bell(engine), Outbox(engine)
    compose = partial(case_opened, public_url=settings.public_url)
    lanes = [Lane(outbox, channel, compose, bell, telemetry) for channel in destinations]
    reporting = ReportTelemetry(registry)

    async def announce(stop: asyncio.Event) -> None:
        publisher = KafkaPublisher(settings.kafka_bootstrap_servers, client_id="alerting-reports")
        try:
            await Announcer(engine, publisher, bell, reporting).run(stop)
        finally:
            await publisher.close()

    return [bell.listen, announce, *(lane.run for lane in lanes)]


def _http(
    settings: Settings,
    engine: AsyncEngine,
    keyring: Keyring,
    registry: CollectorRegistry,
    cases: Cases,
    now: Callable[[], datetime],
) -> FastAPI:
    app = api_page.create(
        FastAPI,
        title="Amends: alerting",
        version="1",
        description="Recovery cases: what waits, who has it, how it ended. People use the desk at /desk/.",
    )
    app.include_router(ops.router(registry, partial(database_ready, engine)))
    views = Views(engine)
    app.include_router(api.router(cases, views, keyring))
    zone = ZoneInfo(settings.desk_time_zone)
    app.mount("/desk", create_desk(_access(settings), zone, cases, views, now))

    @app.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/desk/")

    return app


def _access(settings: Settings) -> Access:
    phrase, secret = settings.desk_passphrase, settings.session_secret
    return Access(
        passphrase=phrase.get_secret_value() if phrase else None,
        secret=secret.get_secret_value() if secret else secrets.token_urlsafe(32),
        public_url=settings.public_url,
        tenant=settings.desk_tenant,
    )
