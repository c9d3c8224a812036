"""The services as processes of their own: started, waited for, watched, and gone when we are gone."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from amends.errors import CommandError
from amends.local.ports import HOST
from amends.local.process import Command, GuardedProcess, tail
from amends.services import DEMO_CRM, SERVICES, Service

READY_SECONDS = 45.0
STOP_SECONDS = 3.0
MIGRATE_SECONDS = 120.0


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours, without settings of a real installation that happen to be in it: the demo must page nobody."""
    prefixes = tuple(f"{service.prefix}_" for service in (*SERVICES, DEMO_CRM))
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)} | dict(settings)


@dataclass(frozen=True, slots=True)
class Child:
    """One running service."""

    service: Service
    port: int
    log: Path
    process: GuardedProcess

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def check(self) -> None:
        """Raises CommandError when it has ended."""
        if not self.process.running:
            raise CommandError(f"{self.service.name} has ended by itself. {tail(self.log)}")


class Children:
    """All services of one demo. ``close`` ends them, together, within a few seconds."""

    def __init__(self, environ: Mapping[str, str], logs: Path, ports: Mapping[Service, int]) -> None:
        self._environ = environ
        self._logs = logs
        self._ports = ports
        self._started: list[Child] = []
        self._migrations: list[GuardedProcess] = []

    def __getitem__(self, service: Service) -> Child:
        return next(child for child in self._started if child.service is service)

    async def migrate(self, services: Sequence[Service]) -> None:
        """Run the migrations at once; each service has a schema of its own. Raises CommandError."""
        waiting = []
        for service in services:
            log = self._log(f"{service.name}-migrate")
            process = GuardedProcess(self._command(service, "migrate", log))
            self._migrations.append(process)
            waiting.append((service, log, asyncio.to_thread(process.wait, MIGRATE_SECONDS)))
        codes = await asyncio.gather(*(wait for *_, wait in waiting))
        for (service, log, _), code in zip(waiting, codes, strict=True):
            if code:
                raise CommandError(f"{service.name}: migrations failed with exit code {code}. {tail(log)}")

    def start(self) -> None:
        for service, port in self._ports.items():
            log = self._log(service.name)
            process = GuardedProcess(self._command(service, "serve", log))
            self._started.append(Child(service, port, log, process))

    async def ready(self, client: httpx.AsyncClient, announce: Callable[[str], None]) -> None:
        """Wait until all are ready. Raises CommandError with the reasons and the end of the log of one that is not."""
        async with asyncio.TaskGroup() as group:
            for child in self._started:
                group.create_task(self._ready(child, client, announce))

    async def _ready(self, child: Child, client: httpx.AsyncClient, announce: Callable[[str], None]) -> None:
        reason = "no answer"
        try:
            async with asyncio.timeout(READY_SECONDS):
                while True:
                    child.check()
                    try:
                        response = await client.get(child.url + child.service.ready, timeout=2)
                    except httpx.TransportError:
                        pass
                    else:
                        if response.status_code == 200:
                            announce(f"{child.service.name} ready on {child.url}")
                            return
                        reason = f"{response.status_code} {response.text[:300]}"
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise CommandError(
                f"{child.service.name} is not ready after {READY_SECONDS:.0f} s ({reason}). {tail(child.log)}"
            ) from None

    def check(self) -> None:
        for child in self._started:
            child.check()

    def close(self) -> None:
        """Every one told to stop at once, killed after 3 s; back when all are gone."""
        processes = [child.process for child in self._started] + self._migrations
        if processes:
            with ThreadPoolExecutor(len(processes)) as threads:
                list(threads.map(lambda process: process.stop(STOP_SECONDS), processes))

    def _command(self, service: Service, what: str, log: Path) -> Command:
        return Command((sys.executable, "-m", service.module, what), log, environ=self._environ)

    def _log(self, name: str) -> Path:
        log = self._logs / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        return log
