"""Scoring as it is shipped, as one process or several."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from bench.session import ROOT, BenchFailed

from amends.local.ports import HOST, free_port
from amends.local.process import Command, GuardedProcess, tail
from amends.services import SCORING
from events.runtime.api_keys import dump, new_key

READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Scoring:
    """``address`` answers questions for whoever has ``key``."""

    pids: list[int]
    address: str
    key: str


@asynccontextmanager
async def scoring(bootstrap: str, database_url: str, processes: int, folder: Path) -> AsyncIterator[Scoring]:
    """Migrated and started; it may already be at work. Raises BenchFailed."""
    key = new_key(("metrics:read",))
    keys = folder / "keys.yaml"
    keys.write_text(dump((key.kept,)))
    environ = {**os.environ, "DATABASE_URL": database_url, "SCORING_HOST": HOST}
    await _migrate(environ)
    environ |= {"KAFKA_BOOTSTRAP_SERVERS": bootstrap, "API_KEYS_FILE": str(keys)}
    running: list[GuardedProcess] = []
    log, ports = folder / "scoring.log", [free_port() for _ in range(processes)]
    log.write_bytes(b"")
    try:
        for port in ports:
            command = Command(
                (sys.executable, "-m", SCORING.module, "serve"),
                log,
                directory=ROOT,
                environ={**environ, "SCORING_PORT": str(port)},
            )
            running.append(await asyncio.to_thread(GuardedProcess, command))
        await _answering(running, ports, log)
        yield Scoring([process.pid for process in running], f"http://{HOST}:{ports[0]}", key.secret)
    finally:
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in running))


async def _migrate(environ: dict[str, str]) -> None:
    command = (sys.executable, "-m", SCORING.module, "migrate")
    process = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.PIPE)
    _, error = await process.communicate()
    if process.returncode:
        raise BenchFailed(f"scoring could not migrate: {error.decode(errors='replace')}")


async def _answering(running: list[GuardedProcess], ports: list[int], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    async with httpx.AsyncClient() as client:
        for port in ports:
            while True:
                if not all(process.running for process in running) or time.monotonic() > deadline:
                    raise BenchFailed(f"scoring does not serve. {tail(log)}")
                try:
                    await client.get(f"http://{HOST}:{port}{SCORING.ready}")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
