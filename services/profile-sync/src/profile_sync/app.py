"""The composition root: what profile-sync is made of."""

from functools import partial
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime import api_page, ops
from events.runtime.api_keys import Keyring
from events.runtime.build_info import tell_version
from events.runtime.database import PostgresLedger, database_ready, forget_hourly
from events.runtime.reloading import keys_reloading
from events.runtime.retention import Pruner
from events.runtime.service import Service
from events.runtime.telemetry import ConsumerTelemetry
from events.runtime.worker import consumer
from profile_sync import api
from profile_sync.announcing import announcing
from profile_sync.claiming import Claimer
from profile_sync.core.extract import extractors
from profile_sync.core.extract.structured import AnswerMap
from profile_sync.crms.port import Crm
from profile_sync.expiring import Expirer
from profile_sync.handler import NotePreferences
from profile_sync.pusher import Pusher
from profile_sync.settings import Settings
from profile_sync.store import retention
from profile_sync.store.pushes import Pushes
from profile_sync.sweeping import Sweeper
from profile_sync.telemetry import Standing, Telemetry
from profile_sync.watching import Watcher

NAME = "profile-sync"
SCHEMA = "profile_sync"
MIGRATIONS = Path(__file__).parent / "migrations"
DATABASE_SECONDS = 10.0


def create_app(settings: Settings, engine: AsyncEngine, keyring: Keyring, answers: AnswerMap, crm: Crm) -> Service:
    """The HTTP application and the jobs that run beside it: the consumer, and what works through its tables."""
    registry = CollectorRegistry()
    tell_version(registry, NAME)
    telemetry, using = Telemetry(registry), extractors(answers)
    # No call outlasts it: at the longest a read, a look and a change.
    lease = 3 * settings.crm_timeout_seconds + DATABASE_SECONDS
    pushes = Pushes(engine, lease_seconds=lease, recheck_seconds=settings.recheck_seconds)
    consume = consumer(
        NAME,
        settings.kafka,
        engine,
        (NotePreferences(using, telemetry, sure=settings.sure_from),),
        ConsumerTelemetry(registry, NAME),
        session=settings.kafka_session_seconds,
    )
    jobs = (
        consume,
        Pusher(pushes, crm, telemetry, parallel=settings.parallel).run,
        announcing(engine, settings.kafka),
        Claimer(engine, using, sure=settings.sure_from).run,
        Sweeper(engine, reconcile_hours=settings.reconcile_hours).run,
        Expirer(engine, sure=settings.sure_from).run,
        Watcher(engine, Standing(registry)).run,
        partial(forget_hourly, PostgresLedger(engine)),
        Pruner(engine, retention.rules(**settings.kept()), registry).run,
        keys_reloading(keyring, settings.api_keys_file),
    )
    return Service(_http(settings, engine, keyring, registry), jobs)


def _http(settings: Settings, engine: AsyncEngine, keyring: Keyring, registry: CollectorRegistry) -> FastAPI:
    app = api_page.create(
        FastAPI,
        title="Amends: profile-sync",
        description="What customers say they prefer, where they said it, and what the CRM has been told.",
        version="1",
    )
    app.include_router(ops.router(registry, partial(database_ready, engine)))
    app.include_router(api.router(engine, keyring, sure=settings.sure_from))
    return app
