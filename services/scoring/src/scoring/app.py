"""The composition root of scoring."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from events.quick.consumed import decode
from events.runtime import api_page, ops
from events.runtime.api_keys import Keyring
from events.runtime.database import PostgresLedger, database_ready, forget_hourly
from events.runtime.reloading import keys_reloading
from events.runtime.service import Service
from events.runtime.telemetry import ConsumerTelemetry
from events.runtime.worker import consumer
from scoring import api
from scoring.core.hours import Calendars
from scoring.core.retention import Retention
from scoring.exporter import AGENTS, VIEWS, Exporter
from scoring.handler import Handler
from scoring.settings import Settings
from scoring.store.panes import Panes
from scoring.store.sums import SHARDS, Sums
from scoring.telemetry import MetricGauges
from scoring.upkeep.trim import Trimmer

SCHEMA = "scoring"
MIGRATIONS = Path(__file__).parent / "migrations"
LANES = 2
"""Handlers of one process: while one waits for the database, the other computes."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings, engine: AsyncEngine, keyring: Keyring, *, now: Callable[[], datetime] = utc_now
) -> Service:
    """The HTTP application and the jobs that run beside it."""
    registry = CollectorRegistry()
    panes = Panes()
    calendars = Calendars()
    views = (*VIEWS, *AGENTS) if settings.export_agents else VIEWS
    exporter = Exporter(
        engine, panes, MetricGauges(registry), every=settings.export_seconds, room=settings.export_series, views=views
    )
    app = api_page.create(
        FastAPI,
        title="Amends: scoring",
        version="1",
        description="Service metrics with their sample size, interval and definition version.",
    )
    app.include_router(ops.router(registry, partial(database_ready, engine)))
    app.include_router(api.router(engine, panes, keyring, now))

    shard = LANES * secrets.randbelow(SHARDS // LANES)  # not by pid: in containers all have the same
    consume = consumer(
        "scoring",
        settings.kafka_bootstrap_servers,
        engine,
        [Handler(Sums(shard + lane), calendars) for lane in range(LANES)],
        ConsumerTelemetry(registry, "scoring"),
        session=settings.kafka_session_seconds,
        max_records=settings.batch_records,
        decode=decode,
    )
    trimmer = Trimmer(engine, Retention())
    keep = partial(forget_hourly, PostgresLedger(engine))
    return Service(app, (consume, exporter.run, trimmer.run, keep, keys_reloading(keyring, settings.api_keys_file)))
