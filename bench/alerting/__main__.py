"""``python -m bench.alerting``, from the root of the checkout: from an accepted answer to its delivery.

BENCH_SECONDS: of the steady part. BENCH_BAD: the share of answers that are terrible. BENCH_ALL=1: scoring and
profile-sync run beside ingest and alerting. BENCH_RESTARTS=0: no restarts.
"""

import asyncio
import base64
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from bench.alerting.fleet import Fleet, fleet
from bench.alerting.load import Load
from bench.alerting.result import GOAL_MS, RESTART_GOAL_S, Latencies, tell
from bench.ingest import machine
from bench.session import FOLDER, ROOT, BenchFailed, console, run, say

from amends.demo.database import own_database
from amends.demo.sink import Sink, serving
from amends.local.parts import Parts, local_parts
from amends.local.ports import HOST, free_port
from amends.services import ALERTING, INGEST, PROFILE_SYNC, SCORING
from events.runtime.kafka import ensure_topics
from events.topics import all_topics

SECONDS = float(os.environ.get("BENCH_SECONDS") or 60)
BAD = float(os.environ.get("BENCH_BAD") or 0.1)
ALL = os.environ.get("BENCH_ALL") == "1"
RESTARTS = os.environ.get("BENCH_RESTARTS") != "0"
EVENTS, ANSWERS = 2_000.0, 200.0
WARM_UP = 5.0
RESTART_RATE = (400.0, 40.0)
"""While parts are killed: the machine must also start Python anew."""


def main() -> int:
    return run(_all, "alerting")


def _all() -> dict[str, Any]:
    with local_parts(ROOT / ".local", announce=say) as parts:
        return asyncio.run(measured(parts))


async def measured(parts: Parts) -> dict[str, Any]:
    if parts.kafka is None or parts.postgres is None:
        raise BenchFailed("it stops the broker and the database: unset the variables that name those of others")
    await ensure_topics(parts.kafka_bootstrap, all_topics())
    described, libraries = machine.describe(parts.kafka.label.removeprefix("Kafka "))
    async with _up(parts) as (up, sink, client):
        load = Load(client, up.members["ingest"].url, up.key, f"bench-{int(time.time())}")
        steady = await _steady(load, sink)
        restarts = await _restarts(parts, up, load, sink) if RESTARTS else {}
    p99 = steady.percentile(0.99)
    console.print(f"\nanswer → delivery p99 {p99:.1f} ms: goal ≤ {GOAL_MS:.0f} ms {_met(p99 <= GOAL_MS)}")
    for name, found in restarts.items():
        worst = found.percentile(1.0) / 1000
        console.print(
            f"{name} killed: latest delivery after {worst:.1f} s: goal ≤ 60 s {_met(worst <= RESTART_GOAL_S)}"
        )
    return {
        "answer_to_delivery_p99_ms": round(p99, 2),
        "steady": steady.document(),
        "restarts": {name: found.document() for name, found in restarts.items()},
        "events_per_second": EVENTS,
        "answers_per_second": ANSWERS,
        "bad": BAD,
        "services": sorted(up.members),
        "posted": load.posted,
        "generator_late_seconds": round(load.late, 3),
        "machine": described,
        "versions": {**libraries, "postgresql": parts.postgres.label.removeprefix("PostgreSQL ")},
    }


@asynccontextmanager
async def _up(parts: Parts) -> AsyncIterator[tuple[Fleet, Sink, httpx.AsyncClient]]:
    secret, port = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), free_port()
    settings = {"ALERTING_WEBHOOK_URL": f"http://{HOST}:{port}/webhook", "ALERTING_WEBHOOK_SECRET": secret}
    services = (INGEST, ALERTING, *((SCORING, PROFILE_SYNC) if ALL else ()))
    sink = Sink(secret)
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with (
        own_database(parts.database_url, drop=False) as database,
        serving(sink, port),
        httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as client,
        fleet(services, parts, database, FOLDER, settings) as up,
    ):
        yield up, sink, client


async def _steady(load: Load, sink: Sink) -> Latencies:
    say(
        f"warming up for {WARM_UP:.0f} s, then {EVENTS:.0f} events/s with {ANSWERS:.0f} answers/s for {SECONDS:.0f} s …"
    )
    await load.drive(EVENTS, ANSWERS, BAD, WARM_UP)
    before = set(load.accepted)
    await load.drive(EVENTS, ANSWERS, BAD, SECONDS)
    measured = {id_: at for id_, at in load.accepted.items() if id_ not in before}
    found = await _arrived(measured, sink, 30)
    tell(console, "steady", found)
    if load.late > 1:
        say(f"the generator was up to {load.late:.1f} s behind: the machine could not do it at that rate")
    return found


async def _restarts(parts: Parts, up: Fleet, load: Load, sink: Sink) -> dict[str, Latencies]:
    kafka, postgres = parts.kafka, parts.postgres
    if kafka is None or postgres is None:
        raise AssertionError
    disturbances: dict[str, Callable[[], Awaitable[None]]] = {
        **{name: member.restart for name, member in up.members.items()},
        "broker": lambda: _bounced(kafka.kill, kafka.start),
        "database": lambda: _bounced(postgres.kill, postgres.start),
    }
    found: dict[str, Latencies] = {}
    for name, disturb in disturbances.items():
        say(f"killing {name} …")
        before = set(load.accepted)
        driving = asyncio.create_task(load.drive(*RESTART_RATE, 0.5, 15))
        await asyncio.sleep(3)
        await disturb()
        await driving
        since = {id_: at for id_, at in load.accepted.items() if id_ not in before}
        found[name] = await _arrived(since, sink, 120)
        tell(console, f"{name} killed and started again", found[name])
    return found


async def _bounced(kill: Callable[[], Any], start: Callable[[], Any]) -> None:
    await asyncio.to_thread(kill)
    await asyncio.to_thread(start)


async def _arrived(accepted: dict[str, float], sink: Sink, seconds: float) -> Latencies:
    end = time.monotonic() + seconds
    while True:
        found = Latencies.of(accepted, sink.first_arrivals())
        if not found.missing or time.monotonic() > end:
            return found
        await asyncio.sleep(0.2)


def _met(met: bool) -> str:
    return "[green]met[/]" if met else "[red]missed[/]"


if __name__ == "__main__":
    sys.exit(main())
