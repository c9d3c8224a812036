"""The composition root of scoring."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from events.quick.consumed import decode
from events.runtime import api_page, ops
from events.runtime.api_keys import Keyring
from events.runtime.build_info import tell_version
from events.runtime.database import PostgresLedger, database_ready, forget_hourly
from events.runtime.kafka import KafkaPublisher
from events.runtime.proxies import behind
from events.runtime.reloading import keys_reloading
from events.runtime.retention import Pruner, kept
from events.runtime.service import Job, Service
from events.runtime.telemetry import ConsumerTelemetry
from events.runtime.worker import consumer
from scoring import api
from scoring.announcing.publisher import Announcer
from scoring.announcing.scorecards import Scorecards
from scoring.announcing.telemetry import AnnouncementTelemetry
from scoring.core.retention import Retention
from scoring.digests.api import router as digest_routes
from scoring.digests.deliveries import Deliveries
from scoring.digests.job import Digests, DigestTelemetry
from scoring.digests.post import Post
from scoring.digests.reading import Reader
from scoring.export.api import router as export_routes
from scoring.exporter import AGENTS, VIEWS, Exporter
from scoring.handler import Handler
from scoring.pages.access import Access
from scoring.pages.mounting import create_pages
from scoring.pages.published import Publication
from scoring.recognition import praise, routes
from scoring.recognition.awards import Awarder
from scoring.recognition.coach import Coach
from scoring.recognition.courier import Courier
from scoring.recognition.messenger import AppriseMessenger
from scoring.recognition.praise import Thanker
from scoring.recognition.telemetry import MessageTelemetry
from scoring.settings import Settings
from scoring.store import lag, remarks, retention
from scoring.store.panes import Panes
from scoring.store.sums import SHARDS, Sums
from scoring.telemetry import Freshness, MetricGauges, Spoiled
from scoring.upkeep.trim import Trimmer

SCHEMA = "scoring"
MIGRATIONS = Path(__file__).parent / "migrations"
LANES = 2
"""Handlers of one process: while one waits for the database, the other computes."""
CONNECTIONS = 12
COACHING_SECONDS = 3600.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """What a part of the service adds to it."""

    routers: Sequence[APIRouter] = ()
    jobs: Sequence[Job] = ()


@dataclass(frozen=True, slots=True)
class House:
    """What every part is made of."""

    settings: Settings
    engine: AsyncEngine
    keyring: Keyring
    registry: CollectorRegistry
    panes: Panes
    retention: Retention
    now: Callable[[], datetime]


def create_app(
    settings: Settings, engine: AsyncEngine, keyring: Keyring, *, now: Callable[[], datetime] = utc_now
) -> Service:
    """The HTTP application and the jobs that run beside it."""
    registry = CollectorRegistry()
    tell_version(registry, "scoring")
    horizons = Retention(facts=timedelta(days=settings.facts_days))
    house = House(settings, engine, keyring, registry, Panes(Spoiled(registry)), horizons, now)
    app = api_page.create(
        FastAPI,
        title="Amends: scoring",
        version="1",
        description="Service metrics with their sample size, interval and definition version.",
    )
    app.include_router(ops.router(house.registry, partial(database_ready, engine)))
    parts = [part(house) for part in (_numbers, _boards, _recognition, _announcements, _other_departments)]
    for router in (router for part in parts for router in part.routers):
        app.include_router(router)
    jobs = (job for part in parts for job in part.jobs)
    return Service(behind(settings.trusted_proxies, app), (_consumer(house), *jobs, *_upkeep(house)))


def _consumer(house: House) -> Job:
    settings = house.settings
    shard = LANES * secrets.randbelow(SHARDS // LANES)  # not by pid: in containers all have the same
    listeners = (praise.listen, lag.listen, remarks.keep, Freshness(house.registry, house.now).counted)
    return consumer(
        "scoring",
        settings.kafka,
        house.engine,
        [Handler(Sums(shard + lane), settings.calendars, listeners) for lane in range(LANES)],
        ConsumerTelemetry(house.registry, "scoring"),
        session=settings.kafka_session_seconds,
        max_records=settings.batch_records,
        decode=decode,
    )


def _numbers(house: House) -> Part:
    settings, engine, panes = house.settings, house.engine, house.panes
    exporter = Exporter(
        engine,
        panes,
        MetricGauges(house.registry),
        every=settings.export_seconds,
        room=settings.export_series,
        views=(*VIEWS, *AGENTS) if settings.export_agents else VIEWS,
    )
    metrics = api.router(engine, panes, house.keyring, house.now, house.retention)
    files = export_routes(engine, panes, house.keyring, house.now, retention=house.retention)
    return Part((metrics, files), (exporter.run,))


def _boards(house: House) -> Part:
    settings = house.settings
    phrase, secret = settings.board_passphrase, settings.session_secret
    access = Access(
        phrase.get_secret_value() if phrase else None,
        secret.get_secret_value() if secret else secrets.token_urlsafe(32),
        settings.public_url,
        settings.board_tenant,
    )
    publication = Publication(settings.published_file)
    pages = create_pages(
        house.engine, house.panes, access, publication, retention=house.retention, zone=settings.zone, now=house.now
    )
    return Part((pages.router,), pages.jobs)


def _recognition(house: House) -> Part:
    settings, engine, plans = house.settings, house.engine, house.settings.recognition
    grace = timedelta(minutes=settings.award_grace_minutes)
    awards = Awarder(engine, house.panes, plans, grace=grace, now=house.now)
    desk = Thanker(engine, plans, now=house.now)
    courier = Courier(engine, plans, AppriseMessenger(), MessageTelemetry(house.registry))
    coach = Coach(engine, house.panes, every=COACHING_SECONDS, now=house.now)
    return Part((routes.router(engine, house.keyring),), (awards.run, desk.run, courier.run, coach.run))


def _announcements(house: House) -> Part:
    settings, engine = house.settings, house.engine
    pause = timedelta(minutes=settings.scorecard_minutes)
    cards = Scorecards(engine, house.panes, at_most_every=pause, agents=settings.export_agents, now=house.now)
    publisher = KafkaPublisher(settings.kafka, client_id="scoring")
    announcer = Announcer(engine, publisher, AnnouncementTelemetry(house.registry))
    return Part(jobs=(cards.run, announcer.run))


def _other_departments(house: House) -> Part:
    plans, reader = house.settings.digests, Reader(house.engine, house.panes, house.retention)
    job = Digests(plans, reader, Deliveries(house.engine), Post(), DigestTelemetry(house.registry), house.now)
    return Part((digest_routes(reader, plans, house.keyring, house.now),), (job.run,))


def _upkeep(house: House) -> tuple[Job, ...]:
    settings = house.settings
    rules = retention.rules(house.retention, timedelta(days=settings.remarks_days), kept(settings.agents_days))
    return (
        Trimmer(house.engine).run,
        Pruner(house.engine, rules, house.registry).run,
        partial(forget_hourly, PostgresLedger(house.engine)),
        keys_reloading(house.keyring, house.settings.api_keys_file),
    )
