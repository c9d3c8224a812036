"""The services as processes, as an operator runs them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from amends.local.ports import free_port
from amends.local.process import Command, GuardedProcess, tail
from amends.services import DEMO_CRM, SERVICES, Service
from events.runtime.api_keys import SCOPES, dump, new_key
from events.topics import read_by
from support import broker
from support.until import until

BY_NAME = {service.name: service for service in (*SERVICES, DEMO_CRM)}


@dataclass
class Running:
    """One service process; after ``kill`` or ``stop`` it may be started again on the same port."""

    service: Service
    environ: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *, ready: bool = True) -> None:
        prefix = self.service.prefix
        environ = {**self.environ, f"{prefix}_HOST": "127.0.0.1", f"{prefix}_PORT": str(self.port)}
        command = Command((sys.executable, "-m", self.service.module, "serve"), self.log, environ=environ)
        self.process = await asyncio.to_thread(GuardedProcess, command)
        if ready:
            async with httpx.AsyncClient(base_url=self.url) as http:  # one: each costs as much as many requests
                await until(lambda: self._ready(http), f"{self.service.name} ready: {tail(self.log)}", seconds=40)

    async def _ready(self, http: httpx.AsyncClient) -> bool:
        assert self.process is not None
        assert self.process.running, tail(self.log)
        try:
            return (await http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def stop(self) -> None:
        if self.process is not None and self.process.running:
            await asyncio.to_thread(self.process.stop)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    async def kill(self) -> None:
        assert self.process is not None
        await asyncio.to_thread(self.process.kill)


@dataclass
class House:
    """Some services on one broker and one database, and a key that may do everything."""

    directory: Path
    key: str
    environ: dict[str, str]
    members: dict[str, Running] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Running:
        return self.members[name]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    async def add(self, name: str, *, as_: str | None = None, **environ: str) -> Running:
        """Start one more, migrated; ``as_`` names a second of its kind."""
        known = as_ or name
        running = Running(BY_NAME[name], {**self.environ, **environ}, self.directory / f"{known}.log")
        if running.service.migrates:
            await self._migrate(running)
        self.members[known] = running
        await running.start()
        return running

    async def _migrate(self, running: Running) -> None:
        command = (sys.executable, "-m", running.service.module, "migrate")
        environ = _without(running.environ, "KAFKA_BOOTSTRAP_SERVERS", "API_KEYS_FILE")
        process = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.PIPE)
        _, error = await process.communicate()
        assert process.returncode == 0, error.decode()

    async def post(self, path: str, body: Any, content_type: str = "application/json") -> httpx.Response:
        async with httpx.AsyncClient(timeout=30) as client:
            return await client.post(
                f"{self['ingest'].url}{path}", json=body, headers={**self.headers, "Content-Type": content_type}
            )

    async def get(self, name: str, path: str, **parameters: str) -> Any:
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.get(f"{self[name].url}{path}", params=parameters, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def caught_up(self, name: str, *, seconds: float = 90) -> None:
        """Wait until the stored offsets of a consumer are where its topics end now, or beyond: others go on writing."""
        schema = BY_NAME[name].module
        wanted = await broker.ends(self.environ["KAFKA_BOOTSTRAP_SERVERS"], read_by(name))
        database = await asyncpg.connect(self.environ["DATABASE_URL"])

        async def there() -> bool:
            rows = await database.fetch(f"SELECT topic, partition, next_offset FROM {schema}.stream_offset")
            stored = {(r["topic"], r["partition"]): r["next_offset"] for r in rows}
            return all(stored.get(partition, 0) >= end for partition, end in wanted.items())

        try:
            await until(there, f"{name} has applied everything", seconds=seconds)
        finally:
            await database.close()

    async def counted(self, name: str, metric: str) -> float:
        """The sum over all labels of one of a service's own metrics."""
        async with httpx.AsyncClient() as client:
            page = (await client.get(f"{self[name].url}/metrics")).text
        lines = [line for line in page.splitlines() if line.startswith((metric + " ", metric + "{"))]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def _without(environ: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in names}


@asynccontextmanager
async def house(directory: Path, bootstrap: str, database_url: str) -> AsyncIterator[House]:
    """An empty house; whatever is added to it is stopped at the end."""
    key = new_key(SCOPES)
    keys = directory / "keys.yaml"
    keys.write_text(dump((key.kept,)))
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))},
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "DATABASE_URL": database_url,
        "API_KEYS_FILE": str(keys),
        "KAFKA_SESSION_SECONDS": "10",  # whom one test killed must not keep the next one waiting
    }
    found = House(directory, key.secret, environ)
    try:
        yield found
    finally:
        await asyncio.gather(*(member.stop() for member in found.members.values()))
