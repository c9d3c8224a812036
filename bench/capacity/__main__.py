"""``python -m bench.capacity``, from the root of the checkout: what one contact, one answer, one case and one
preference cost the database, the broker and each service. docs/capacity.md says what it is for.

BENCH_SHARE: of the usual number of each; 1 unless told otherwise, which takes about four minutes.
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
from bench.alerting.fleet import Fleet, fleet
from bench.capacity.meter import Meter
from bench.capacity.units import Unit, units
from bench.ingest import machine
from bench.profile_sync.pushing import serving_crm
from bench.session import FOLDER, ROOT, BenchFailed, console, run, say

from amends.demo.database import own_database
from amends.demo.sink import Sink, serving
from amends.local.parts import Parts, local_parts
from amends.local.ports import HOST, free_port
from amends.services import SERVICES
from events.runtime.kafka import ensure_topics
from events.topics import all_topics

SHARE = float(os.environ.get("BENCH_SHARE") or 1)
BATCH = 10
BATCHED = {"Content-Type": "application/cloudevents-batch+json"}
IDLE_SECONDS = 20.0
SETTLED_SECONDS = 4.0
SECRET = "whsec_" + "QW1lbmRzIGJlbmNoIG9mIGNhcGFjaXR5IQ=="
LOGS = FOLDER / "capacity"


def main() -> int:
    return run(_all, "capacity")


def _all() -> dict[str, Any]:
    LOGS.mkdir(parents=True, exist_ok=True)
    with local_parts(ROOT / ".local", announce=say) as parts:
        document = asyncio.run(_measured(parts))
    console.print_json(data=document["units"])
    return document


async def _measured(parts: Parts) -> dict[str, Any]:
    if parts.kafka is None or parts.postgres is None:
        raise BenchFailed("it looks at the files and processes of both: unset the variables that name those of others")
    await ensure_topics(parts.kafka_bootstrap, all_topics())
    described, libraries = machine.describe(parts.kafka.label.removeprefix("Kafka "))
    sink, port, crm_port = Sink(SECRET), free_port(), free_port()
    async with (
        own_database(parts.database_url, drop=False) as database,
        serving(sink, port),
        serving_crm(crm_port, LOGS),
        fleet(SERVICES, parts, database, LOGS, _settings(port, crm_port)) as up,
        _ingest(up) as ingest,
    ):
        pids = {name: member.process.pid for name, member in up.members.items() if member.process}
        pids |= {"broker": parts.kafka.pid or 0, "database": parts.postgres.pid or 0}
        connection = await asyncpg.connect(database.replace("+asyncpg", ""))
        try:
            costs = await _costs(Meter(connection, pids, parts.kafka.directory / "data"), ingest)
        finally:
            await connection.close()
    return {
        **costs,
        "delivered": len(sink.arrivals),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": described,
        "versions": libraries,
    }


def _settings(port: int, crm_port: int) -> dict[str, str]:
    return {
        "ALERTING_WEBHOOK_URL": f"http://{HOST}:{port}/webhook",
        "ALERTING_WEBHOOK_SECRET": SECRET,
        "PROFILE_SYNC_CRM_URL": f"http://{HOST}:{crm_port}/profiles/{{customer_id}}",
    }


def _ingest(up: Fleet) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {up.key}"}
    return httpx.AsyncClient(base_url=up.members["ingest"].url, headers=headers, trust_env=False, timeout=30)


async def _costs(meter: Meter, ingest: httpx.AsyncClient) -> dict[str, Any]:
    """First of an idle system, then of each unit."""
    say(f"idle for {IDLE_SECONDS:.0f} s …")
    await _settled(meter)
    started = await meter.look(time.monotonic())
    memory = {"started": meter.memory()}
    await asyncio.sleep(IDLE_SECONDS)
    idle = (await meter.look(time.monotonic())).since(started)
    found = {}
    for unit in units(SHARE):
        say(f"{unit.count} × {unit.name} …")
        found[unit.name] = await _unit(meter, ingest, unit, idle)
    memory["loaded"] = meter.memory()
    return {
        "units": found,
        "idle_per_second": {name: round(value / idle["seconds"], 4) for name, value in idle.items()},
        "memory_mib": memory,
    }


async def _unit(meter: Meter, ingest: httpx.AsyncClient, unit: Unit, idle: dict[str, float]) -> dict[str, float]:
    """What one of it costs, without what an idle system does in the same time."""
    before = await meter.look(time.monotonic())
    await _tell(ingest, unit)
    await _settled(meter)
    spent = (await meter.look(time.monotonic())).since(before)
    seconds = spent.pop("seconds")
    return {
        name: round((value - idle.get(name, 0.0) / idle["seconds"] * seconds) / unit.count, 8)
        for name, value in spent.items()
    }


async def _tell(ingest: httpx.AsyncClient, unit: Unit) -> None:
    """In batches of ten, by the clock: in one lump consumers would add up more at once than they do in an hour."""
    begun = time.monotonic()
    for first in range(0, unit.count, BATCH):
        await asyncio.sleep(max(0.0, begun + first / unit.per_second - time.monotonic()))
        bodies = [_event(unit, number) for number in range(first, min(first + BATCH, unit.count))]
        answer = await ingest.post("/v1/events", json=bodies, headers=BATCHED)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise BenchFailed(f"ingest answers {answer.status_code}: {answer.text[:300]}")


def _event(unit: Unit, number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{unit.name}-{number}",
        "source": "/bench",
        "type": unit.type,
        "time": datetime.now(UTC).isoformat(),
        "data": unit.make(number),
    }


async def _settled(meter: Meter) -> None:
    """Wait until nothing has been applied for some seconds; sessions then have told what they did."""
    applied, since = -1, time.monotonic()
    while time.monotonic() - since < SETTLED_SECONDS:
        now = await meter.applied()
        if now != applied:
            applied, since = now, time.monotonic()
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
