"""The desk behind a real port: its pages, its actions, its live streams, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.routing import Mount

from alerting.acting import Cases
from alerting.core.accounts import Role
from alerting.core.duty import Duty, everybody
from alerting.core.people import Person
from alerting.desk.app import create_desk
from alerting.desk.live import Hub
from alerting.desk.visitor import Access
from alerting.paging import Pager
from alerting.preferences_client import PreferencesClient
from alerting.telemetry import CaseTelemetry, PagingTelemetry
from amends.local.ports import free_port
from support.serving import serving

PASSPHRASE = "open sesame"
ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class DeskServer:
    url: str
    hub: Hub
    cases: Cases


def people(*names: str) -> Duty:
    """A duty of these people, who are told nothing."""
    named = {f"p{number}": Person(f"p{number}", name, ZONE) for number, name in enumerate(names)}
    return replace(everybody(()), people=named)


def cases_of(engine: AsyncEngine, duty: Duty) -> Cases:
    registry = CollectorRegistry()
    return Cases(engine, Pager(duty, PagingTelemetry(registry)), {}, timedelta(hours=1), CaseTelemetry(registry))


def desk_app(
    engine: AsyncEngine,
    hub: Hub,
    url: str,
    *,
    duty: Duty | None = None,
    access: Access | None = None,
    preferences: PreferencesClient | None = None,
) -> tuple[Starlette, Cases]:
    duty = everybody(()) if duty is None else duty
    access = access or Access("default", url, PASSPHRASE)
    cases = cases_of(engine, duty)
    desk = create_desk(access, engine, ZONE, cases, duty, hub, lambda: datetime.now(UTC), preferences)
    return Starlette(routes=[Mount("/desk", desk)]), cases


@asynccontextmanager
async def desk_server(
    engine: AsyncEngine,
    *,
    duty: Duty | None = None,
    port: int | None = None,
    beat: float = 1.0,
    role: Role = "supervisor",
    preferences: PreferencesClient | None = None,
) -> AsyncIterator[DeskServer]:
    """Serves until the end of the block; the streams end first, as they do where the service stops."""
    port = port or free_port()
    url, hub, stop = f"http://127.0.0.1:{port}", Hub(engine, beat=beat), asyncio.Event()
    access = Access("default", url, PASSPHRASE, role)
    app, cases = desk_app(engine, hub, url, duty=duty, access=access, preferences=preferences)
    async with serving(app, port):
        telling = asyncio.create_task(hub.run(stop))
        try:
            yield DeskServer(url, hub, cases)
        finally:
            stop.set()
            await telling
