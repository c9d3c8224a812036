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
from events.runtime.retention import Retention
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
    tell_version(registry, "profile-sync")
    telemetry = Telemetry(registry)
    app = api_page.create(
        FastAPI,
        title="Amends: profile-sync",
        description="What customers say they prefer, where they said it, and what the CRM has been told.",
        version="1",
    )
    app.include_router(ops.router(registry, partial(database_ready, engine)))
    app.include_router(api.router(engine, keyring, sure=settings.sure_from))
    # No call outlasts it: at the longest a read, a look and a change.
    lease = 3 * settings.crm_timeout_seconds + DATABASE_SECONDS
    pushes = Pushes(engine, lease_seconds=lease, recheck_seconds=settings.recheck_seconds)
    using = extractors(answers)
    handler = NotePreferences(using, telemetry, sure=settings.sure_from)
    consume = consumer(
        NAME,
        settings.kafka,
        engine,
        (handler,),
        ConsumerTelemetry(registry, NAME),
        session=settings.kafka_session_seconds,
    )
    pusher = Pusher(pushes, crm, telemetry, parallel=settings.parallel)

    announce = announcing(engine, settings.kafka)
    claimer = Claimer(engine, using, sure=settings.sure_from)
    sweeper = Sweeper(engine, reconcile_hours=settings.reconcile_hours)
    expirer = Expirer(engine, sure=settings.sure_from)
    watcher = Watcher(engine, Standing(registry))
    keep = partial(forget_hourly, PostgresLedger(engine))
    return Service(
        app,
        (
            consume,
            pusher.run,
            announce,
            claimer.run,
            sweeper.run,
            expirer.run,
            watcher.run,
            keep,
            Retention(engine, retention.rules(**settings.kept()), registry).run,
            keys_reloading(keyring, settings.api_keys_file),
        ),
    )
