"""How fast a backlog of notes reaches the CRM: the service as it is shipped, the CRM in a process of its own."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from bench.alerting.fleet import fleet
from bench.profile_sync.crm import LATENCY_SECONDS, LIMIT
from bench.scoring import processes
from bench.scoring.database import fresh
from bench.session import BenchFailed
from prometheus_client import CollectorRegistry

from amends.local.parts import Parts
from amends.local.ports import free_port
from amends.local.process import Command, GuardedProcess
from amends.services import PROFILE_SYNC
from events.envelope import Event
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.extract import extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.handler import NotePreferences
from profile_sync.telemetry import Telemetry

CALLS_A_PUSH = 2
"""A look at the profile, and a write."""
CEILING = LIMIT / LATENCY_SECONDS / CALLS_A_PUSH
WARM_UP_SECONDS = 3.0
BATCH = 500


@dataclass(frozen=True, slots=True)
class Pushed:
    """``used``: CPU seconds by part in the window; ``most``: calls that the CRM had at once."""

    notes: int
    calls: int
    seconds: float
    refused: int
    most: int
    used: dict[str, float]

    @property
    def per_second(self) -> float:
        return self.notes / self.seconds

    @property
    def vs_ceiling(self) -> float:
        return self.per_second / CEILING


async def pushed(parts: Parts, seconds: float, folder: Path) -> Pushed:
    """Raises BenchFailed."""
    if parts.postgres is None:
        raise BenchFailed("it reads what the database uses: unset DATABASE_URL")
    port = free_port()
    settings = {
        "PROFILE_SYNC_CRM_URL": f"http://127.0.0.1:{port}/profiles/{{customer_id}}",
        "PROFILE_SYNC_PARALLEL": str(LIMIT),
    }
    async with fresh(parts.database_url, "bench_profile_sync") as database, serving_crm(port, folder) as crm:
        await _fill(database.url, int(CEILING * (seconds + 2 * WARM_UP_SECONDS)))
        async with fleet((PROFILE_SYNC,), parts, database.url, folder, settings) as up:
            service = up.members["profile-sync"].process
            assert service is not None
            pids = {"service": [service.pid], "database": [parts.postgres.pid or 0], "crm": [crm.pid]}
            return await _window(port, seconds, pids)


async def _window(port: int, seconds: float, pids: dict[str, list[int]]) -> Pushed:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        await asyncio.sleep(WARM_UP_SECONDS)
        before, used, start = await _counts(client), processes.look(pids), time.monotonic()
        await asyncio.sleep(seconds)
        after, then, end = await _counts(client), processes.look(pids), time.monotonic()
    grown = {name: after[name] - before[name] for name in after}
    if after["busy"] == 0 or before["writes"] == 0:
        raise BenchFailed("it had not begun, or the backlog was gone before the end")
    calls = grown["reads"] + grown["writes"] + grown["conflicts"]
    return Pushed(grown["writes"], calls, end - start, grown["refused"], after["most"], then.since(used))


async def _counts(client: httpx.AsyncClient) -> dict[str, int]:
    return dict((await client.get("/counts")).json())


@asynccontextmanager
async def serving_crm(port: int, folder: Path) -> AsyncIterator[GuardedProcess]:
    argv = (sys.executable, "-m", "bench.profile_sync.crm", str(port))
    root = Path(__file__).parents[2]
    process = GuardedProcess(Command(argv, folder / "bench-crm.log", directory=root, environ=dict(os.environ)))
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(100):
                try:
                    await client.get(f"http://127.0.0.1:{port}/counts")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield process
    finally:
        await asyncio.to_thread(process.stop)


async def _fill(url: str, customers: int) -> None:
    """As many customers, each of whom said how to be reached, taken in as the consumer does."""
    engine = create_engine(url, SCHEMA)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
        handler = NotePreferences(extractors(NO_ANSWERS), Telemetry(CollectorRegistry()))
        for start in range(0, customers, BATCH):
            async with transaction(engine) as tx:
                await handler(tx, [_said(number) for number in range(start, min(start + BATCH, customers))])
    finally:
        await engine.dispose()


def _said(number: int) -> Event[Any]:
    now = datetime.now(UTC)
    document = {
        "response_id": f"resp-{number}",
        "customer_id": f"cus-{number}",
        "instrument": "csat",
        "scale": "1-5",
        "value": 5,
        "preferences": [{"kind": "contact_channel", "value": ("email", "phone", "sms")[number % 3]}],
        "submitted_at": now,
    }
    return Event(f"e-{number}", "/bench", "default", now, now, SurveyResponse.model_validate(document))
