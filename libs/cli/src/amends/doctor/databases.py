"""The databases of the services: asked read-only, over few connections, and given up once where they are away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from amends.doctor.finding import Finding, NotGiven, broken, skipped
from amends.services import Service
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Stuck, Unavailable

Look = Callable[[Service, AsyncConnection], Awaitable[list[Finding]]]
PROBE_SECONDS = 6.0
_FIND = text("SELECT to_regclass(:name)")


class Databases:
    """Several services may share a database; then they share its connections here too."""

    def __init__(self, urls: Mapping[Service, str]) -> None:
        self._urls = urls
        self._engines: dict[str, AsyncEngine] = {}
        self._probes: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, service: Service) -> bool:
        return service in self._urls

    @property
    def different(self) -> dict[str, list[Service]]:
        """By address: whose it is."""
        found: dict[str, list[Service]] = {}
        for service, url in self._urls.items():
            found.setdefault(url, []).append(service)
        return found

    def required(self) -> None:
        """Raises NotGiven where none was named."""
        if not self._urls:
            raise NotGiven("no database was named", "set DATABASE_URL, or --database [NAME=]postgresql://…")

    @asynccontextmanager
    async def reading(self, service: Service) -> AsyncIterator[AsyncConnection]:
        """A transaction that may not write. Raises Unavailable, or Stuck where the address is none."""
        url = self._urls[service]
        if url not in self._probes:  # all wait for one answer: a database that is away is waited for once
            self._engines[url] = create_engine(url, "public", pool_size=1)
            self._probes[url] = asyncio.create_task(self._probe(self._engines[url]))
        await asyncio.shield(self._probes[url])
        async with transaction(self._engines[url]) as tx:
            await tx.execute(text("SET TRANSACTION READ ONLY"))
            yield tx

    async def each(self, look: Look, *services: Service, table: str = "") -> list[Finding]:
        """What ``look`` finds for each of ``services``; one whose database is away hides no other. Raises NotGiven.

        Args:
            table: which it reads: a schema without it is skipped.
        """
        self.required()
        found = await asyncio.gather(*(self._one(look, service, table) for service in services))
        return [finding for each in found for finding in each]

    async def _one(self, look: Look, service: Service, table: str) -> list[Finding]:
        if service not in self:
            return [skipped(f"{service.name}: no database was named", f"--database {service.name}=postgresql://…")]
        try:
            async with self.reading(service) as tx:
                if table and await tx.scalar(_FIND, {"name": f"{service.module}.{table}"}) is None:
                    return [skipped(f"{service.name} has no schema yet, or an old one")]
                return await look(service, tx)
        except Unavailable as error:
            return [skipped(f"{service.name}: not looked at: {error}")]
        except Stuck as error:
            return [broken(f"{service.name}: {error}", "amends doctor --only migrations says what the schema is at")]

    async def _probe(self, engine: AsyncEngine) -> None:
        try:
            async with asyncio.timeout(PROBE_SECONDS), transaction(engine) as tx:
                await tx.execute(text("SELECT 1"))
        except TimeoutError as error:
            raise Unavailable("database: TimeoutError") from error

    async def close(self) -> None:
        await asyncio.gather(*self._probes.values(), return_exceptions=True)
        for engine in self._engines.values():
            await engine.dispose()
