"""The composition root of alerting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting import channels
from alerting.acting import Cases
from alerting.announcing import announcing
from alerting.api import cases as cases_api
from alerting.api import causes, context, incidents, lost, oncall, team
from alerting.auditor import Auditor
from alerting.channels.port import Channel
from alerting.core.clocks.clock import Clocks
from alerting.core.clocks.policy import ClockPolicy, Rule
from alerting.core.duty import Duty, everybody
from alerting.core.message import WHATS, What
from alerting.desk.app import create_desk
from alerting.desk.live import Hub
from alerting.dispatcher import lanes
from alerting.forgetting import Forgetting
from alerting.handler import Handler
from alerting.incident_watch import IncidentWatch
from alerting.oncall_feeds.addresses import addresses
from alerting.oncall_feeds.job import Feeds
from alerting.oncall_feeds.telemetry import OncallTelemetry
from alerting.oncall_file import Plan
from alerting.opening import Opening
from alerting.paging import Pager
from alerting.settings import Settings
from alerting.store import retention
from alerting.store.views import Views
from alerting.store.wake import Bell
from alerting.telemetry import (
    AuditTelemetry,
    CaseTelemetry,
    ClockTelemetry,
    DeliveryTelemetry,
    PagingTelemetry,
    ReportTelemetry,
)
from alerting.timekeeping import Timekeeper
from alerting.watching import Watcher
from events.runtime import api_page, ops
from events.runtime.api_keys import Keyring
from events.runtime.build_info import tell_version
from events.runtime.database import PostgresLedger, database_ready, forget_hourly
from events.runtime.proxies import behind
from events.runtime.reloading import keys_reloading
from events.runtime.retention import Pruner
from events.runtime.service import Job, Service
from events.runtime.telemetry import ConsumerTelemetry
from events.runtime.worker import consumer

LANES = 6
"""While one batch waits for the database, another is judged: one for each partition of a topic."""

log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is made once and used by many."""

    settings: Settings
    engine: AsyncEngine
    registry: CollectorRegistry
    destinations: tuple[Channel, ...]
    plan: Plan
    duty: Duty
    clocks: ClockPolicy
    bell: Bell
    pager: Pager
    paging: PagingTelemetry
    telemetry: CaseTelemetry
    cases: Cases


def create_app(
    settings: Settings, engine: AsyncEngine, keyring: Keyring, *, now: Callable[[], datetime] = utc_now
) -> Service:
    """The HTTP application and the jobs that run beside it."""
    parts = _parts(settings, engine)
    opening = Opening(parts.duty, parts.clocks, parts.pager)
    forgetting = Forgetting(_follows(parts.destinations), parts.telemetry)
    consume = consumer(
        "alerting",
        settings.kafka,
        engine,
        [Handler(settings.policy, opening, parts.telemetry, forgetting) for _ in range(LANES)],
        ConsumerTelemetry(parts.registry, "alerting"),
        session=settings.kafka_session_seconds,
    )
    hub = Hub(engine)
    jobs: list[Job] = [
        consume,
        hub.run,
        Auditor(engine, _names(parts.destinations), AuditTelemetry(parts.registry), ClockTelemetry(parts.registry)).run,
        Timekeeper(engine, parts.cases, parts.pager, parts.paging).run,
        Watcher(engine, settings.policy, opening, parts.telemetry).run,
        IncidentWatch(engine, parts.plan.incidents, parts.duty).run,
        _feeds(parts).run,
        partial(forget_hourly, PostgresLedger(engine)),
        Pruner(engine, retention.rules(**settings.kept()), parts.registry).run,
        keys_reloading(keyring, settings.api_keys_file),
        parts.bell.listen,
        announcing(engine, settings.kafka, parts.bell, ReportTelemetry(parts.registry)),
        *_delivery(parts),
    ]
    return Service(behind(settings.trusted_proxies, _http(parts, keyring, hub, now)), jobs)


def _parts(settings: Settings, engine: AsyncEngine) -> _Parts:
    registry = CollectorRegistry()
    tell_version(registry, "alerting")
    plan = settings.plan
    destinations = (*plan.build(), *settings.quick_start())
    if not destinations:
        log.warning("nobody will be told of new cases: set ALERTING_ONCALL_FILE or ALERTING_WEBHOOK_URL")
    duty = _duty(plan, destinations)
    telemetry, paging = CaseTelemetry(registry), PagingTelemetry(registry)
    pager = Pager(duty, paging)
    cases = Cases(engine, pager, _follows(destinations), duty.lease, telemetry)
    standard = Clocks(contact=timedelta(minutes=settings.contact_minutes))
    return _Parts(
        settings, engine, registry, destinations, plan, duty, plan.clocks or ClockPolicy(Rule(standard)),
        Bell(engine), pager, paging, telemetry, cases,
    )  # fmt: skip


def _names(destinations: Sequence[Channel]) -> tuple[str, ...]:
    return tuple(channel.name for channel in destinations)


def _feeds(parts: _Parts) -> Feeds:
    plan = parts.plan
    telemetry = OncallTelemetry(parts.registry, plan.schedules)
    return Feeds(parts.engine, plan.schedules, plan.people, addresses(plan.schedules), telemetry)


def _duty(plan: Plan, destinations: Sequence[Channel]) -> Duty:
    """Without policies in the on-call file every destination is told that needs nobody's address."""
    shared = tuple(channel.name for channel in destinations if not channel.personal)
    if plan.policies:
        return plan.duty(shared)
    return replace(everybody(shared), people=plan.people, schedules=plan.schedules, lease=plan.lease)


def _follows(destinations: Sequence[Channel]) -> Mapping[What, tuple[str, ...]]:
    return {what: tuple(each.name for each in destinations if what in each.tells) for what in WHATS}


def _delivery(parts: _Parts) -> list[Job]:
    telemetry = DeliveryTelemetry(parts.registry, tuple(channels.KINDS))
    made = lanes(parts.engine, parts.destinations, parts.duty.people, parts.settings.public_url, parts.bell, telemetry)
    return [lane.run for lane in made]


def _http(parts: _Parts, keyring: Keyring, hub: Hub, now: Callable[[], datetime]) -> FastAPI:
    app = api_page.create(
        FastAPI,
        title="Amends: alerting",
        version="1",
        description="Recovery cases: what waits, who has it, how it ended. People use the desk at /desk/.",
    )
    app.include_router(ops.router(parts.registry, partial(database_ready, parts.engine)))
    engine, zone = parts.engine, ZoneInfo(parts.settings.desk_time_zone)
    answers = {**api_page.REFUSALS, 404: api_page.refusal("There is no such thing.")}
    for routes in (
        cases_api.router(parts.cases, Views(engine), keyring),
        incidents.router(engine, keyring),
        causes.router(engine, keyring, zone),
        lost.router(engine, keyring),
        context.router(engine, keyring),
        team.router(engine, keyring),
        oncall.router(engine, parts.plan.schedules, parts.plan.people, keyring),
    ):
        app.include_router(routes, responses=answers)
    access = parts.settings.access(parts.settings.public_url)
    app.mount("/desk", create_desk(access, engine, zone, parts.cases, parts.duty, hub, now, parts.settings.preferences))

    @app.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/desk/")

    return app
