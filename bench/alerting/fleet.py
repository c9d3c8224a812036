"""The services as processes of their own, each of which can be killed and started again where it was."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from bench.session import ROOT, BenchFailed

from amends.local.parts import Parts
from amends.local.ports import HOST, free_port
from amends.local.process import Command, GuardedProcess, tail
from amends.services import Service
from events.runtime.api_keys import SCOPES, dump, new_key

READY_SECONDS = 60.0


@dataclass
class Member:
    service: Service
    environ: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        prefix = self.service.prefix
        environ = {**self.environ, f"{prefix}_HOST": HOST, f"{prefix}_PORT": str(self.port)}
        arguments = (sys.executable, "-m", self.service.module, "serve")
        command = Command(arguments, self.log, directory=ROOT, environ=environ)
        self.process = await asyncio.to_thread(GuardedProcess, command)

    async def ready(self) -> None:
        """Raises BenchFailed."""
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                try:
                    if (await client.get(self.url + self.service.ready)).status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                if time.monotonic() > deadline or self.process is None or not self.process.running:
                    raise BenchFailed(f"{self.service.name} does not serve. {tail(self.log)}")
                await asyncio.sleep(0.1)

    async def restart(self) -> None:
        """Killed as by the kernel, and started again at once, as Kubernetes would."""
        if self.process is not None:
            await asyncio.to_thread(self.process.kill)
        await self.start()

    async def stop(self) -> None:
        if self.process is not None:
            await asyncio.to_thread(self.process.stop)


@dataclass(frozen=True, slots=True)
class Fleet:
    members: Mapping[str, Member]
    key: str


@asynccontextmanager
async def fleet(
    services: Sequence[Service], parts: Parts, database: str, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[Fleet]:
    """Migrated, started and ready. Raises BenchFailed."""
    key = new_key(SCOPES)
    keys = folder / "keys.yaml"
    keys.write_text(dump((key.kept,)))
    environ = {
        **os.environ,
        "DATABASE_URL": database,
        "KAFKA_BOOTSTRAP_SERVERS": parts.kafka_bootstrap,
        "API_KEYS_FILE": str(keys),
        **settings,
    }
    members = {service.name: Member(service, environ, folder / f"{service.name}.log") for service in services}
    try:
        for member in members.values():
            member.log.write_bytes(b"")
            await _migrate(member)
            await member.start()
        for member in members.values():
            await member.ready()
        yield Fleet(members, key.secret)
    finally:
        await asyncio.gather(*(member.stop() for member in members.values()))


async def _migrate(member: Member) -> None:
    command = (sys.executable, "-m", member.service.module, "migrate")
    process = await asyncio.create_subprocess_exec(*command, env=dict(member.environ), stderr=asyncio.subprocess.PIPE)
    _, error = await process.communicate()
    if process.returncode:
        raise BenchFailed(f"{member.service.name} could not migrate: {error.decode(errors='replace')}")
