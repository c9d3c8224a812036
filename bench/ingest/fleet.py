"""The peers as processes, each on a port of its own; all are up for the whole run and those not asked are idle."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from bench.ingest.machine import Cores
from bench.ingest.roster import Peer
from bench.ingest.window import LoadFailed

from amends.local.parts import Parts
from amends.local.ports import HOST, free_port
from amends.local.process import Command, GuardedProcess, tail
from amends.services import INGEST
from events.runtime.api_keys import dump, new_key

ROOT = Path(__file__).parents[2]
READY_SECONDS = 40.0
UNLIMITED = "1000000"
"""Requests a second a source may make: the rate limit counts every request and refuses none."""


@dataclass(frozen=True, slots=True)
class Running:
    peer: Peer
    port: int
    process: GuardedProcess


@dataclass(frozen=True, slots=True)
class Fleet:
    """``key`` opens ingest; the others ignore it."""

    members: Sequence[Running]
    key: str


@asynccontextmanager
async def fleet(
    peers: Sequence[Peer], parts: Parts, cores: Cores, event_bytes: int, folder: Path
) -> AsyncIterator[Fleet]:
    """All peers, ready; their logs and the key file in ``folder``. Raises LoadFailed, PartFailed."""
    key = new_key(("events:write",))
    keys = folder / "keys.yaml"
    keys.write_text(dump((key.kept,)))
    environ = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": parts.kafka_bootstrap,
        "DATABASE_URL": parts.database_url,
        "API_KEYS_FILE": str(keys),
        "BENCH_EVENT_BYTES": str(event_bytes),
        "INGEST_RATE_PER_SECOND": UNLIMITED,
        "INGEST_RATE_BURST": UNLIMITED,
    }
    if INGEST.migrates:
        await _migrate(environ)
    members: list[Running] = []
    try:
        for peer in peers:
            members.append(_start(peer, cores, environ, folder / f"{peer.name}.log"))
        for member in members:
            await _ready(member, folder / f"{member.peer.name}.log")
        yield Fleet(members, key.secret)
    finally:
        for member in members:
            await asyncio.to_thread(member.process.stop)


def _start(peer: Peer, cores: Cores, environ: Mapping[str, str], log: Path) -> Running:
    port = free_port()
    pinned = () if cores.service is None else (sys.executable, "-m", "bench.ingest.on_core", str(cores.service))
    told = {**environ, "BENCH_PORT": str(port), "INGEST_HOST": HOST, "INGEST_PORT": str(port)}
    log.write_bytes(b"")
    return Running(peer, port, GuardedProcess(Command((*pinned, *peer.command), log, directory=ROOT, environ=told)))


async def _ready(member: Running, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    async with httpx.AsyncClient() as client:
        while True:
            if not member.process.running or time.monotonic() > deadline:
                raise LoadFailed(f"{member.peer.name} does not serve. {tail(log)}")
            try:
                await client.get(f"http://{HOST}:{member.port}{INGEST.ready}")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def _migrate(environ: Mapping[str, str]) -> None:
    command = (sys.executable, "-m", INGEST.module, "migrate")
    process = await asyncio.create_subprocess_exec(*command, env=dict(environ), stderr=asyncio.subprocess.PIPE)
    _, error = await process.communicate()
    if process.returncode:
        raise LoadFailed(f"ingest could not migrate: {error.decode(errors='replace')}")
