"""The composition root of scoring."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime import api_page, ops
from events.runtime.api_keys import Keyring
from events.runtime.database import PostgresLedger, database_ready, forget_hourly
from events.runtime.reloading import keys_reloading
from events.runtime.service import Service
from events.runtime.telemetry import ConsumerTelemetry
from events.runtime.worker import consumer
from scoring import api
from scoring.core.attribution import DIMENSIONS
from scoring.exporter import Exporter
from scoring.handler import Handler
from scoring.settings import Settings
from scoring.store import SHARDS, Store
from scoring.telemetry import MetricGauges

SCHEMA = "scoring"
MIGRATIONS = Path(__file__).parent / "migrations"


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings, engine: AsyncEngine, keyring: Keyring, *, now: Callable[[], datetime] = utc_now
) -> Service:
    """The HTTP application and the jobs that run beside it."""
    registry = CollectorRegistry()
    store = Store(shard=secrets.randbelow(SHARDS))  # not by pid: in containers all have the same
    dimensions = DIMENSIONS if settings.export_agents else tuple(d for d in DIMENSIONS if d != "agent")
    exporter = Exporter(engine, store, MetricGauges(registry), every=settings.export_seconds, dimensions=dimensions)
    app = api_page.create(
        FastAPI,
        title="Amends: scoring",
        version="1",
        description="Service metrics with their sample size, interval and definition version.",
    )
    app.include_router(ops.router(registry, partial(database_ready, engine)))
    app.include_router(api.router(engine, store, keyring, now))

    consume = consumer(
        "scoring",
        settings.kafka_bootstrap_servers,
        engine,
        Handler(store),
        ConsumerTelemetry(registry, "scoring"),
        session=settings.kafka_session_seconds,
    )

    keep = partial(forget_hourly, PostgresLedger(engine))
    return Service(app, (consume, exporter.run, keep, keys_reloading(keyring, settings.api_keys_file)))
