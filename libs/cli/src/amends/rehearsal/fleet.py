"""Two processes of each service, each with an address of its own, and one of the reference CRM."""

import asyncio
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from amends.demo.children import Children
from amends.demo.observer import Observer
from amends.local.ports import HOST, free_port
from amends.local.process import Command
from amends.services import DEMO_CRM, SERVICES, Service

REPLICAS = 2


class Replica(Children):
    """One process of each service."""

    def __init__(self, environs: Mapping[Service, Mapping[str, str]], logs: Path, ports: Mapping[Service, int]) -> None:
        super().__init__({}, logs, ports)
        self.ports = ports
        self._environs = environs

    def _command(self, service: Service, what: str, log: Path) -> Command:
        port = {f"{service.prefix}_PORT": str(self.ports[service])}
        return Command((sys.executable, "-m", service.module, what), log, environ={**self._environs[service], **port})


class Front(httpx.AsyncBaseTransport):
    """What stands in front of the replicas of a service: one request here, the next there."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._turn = itertools.cycle([httpx.URL(url) for url in urls])
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = next(self._turn)
        request.url = request.url.copy_with(host=there.host, port=there.port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Fleet:
    """All of them. ``replicas``: the first has the CRM, too."""

    def __init__(self, replicas: Sequence[Replica], client: httpx.AsyncClient, key: str, crm_token: str) -> None:
        self.replicas = replicas
        self.client = client
        self.observers = [Observer(client, replica, key, crm_token) for replica in replicas]

    def urls(self, service: Service) -> list[str]:
        return [replica[service].url for replica in self.replicas]

    def check(self) -> None:
        """Raises CommandError when one has ended."""
        for replica in self.replicas:
            replica.check()

    async def applied(self, service: Service) -> Mapping[str, int]:
        """Topic → events that both together have applied."""
        found: Counter[str] = Counter()
        for observer in self.observers:
            found.update(await observer.applied(service))
        return found

    async def accepted(self) -> int:
        return sum([await observer.accepted() for observer in self.observers])

    async def values(self, service: Service, metric: str, absent: float = 0.0) -> list[float]:
        """Of each process, over its labels; ``absent`` where it does not tell it, such as what it never counted."""
        return [(await observer.metrics(service)).get(metric, absent) for observer in self.observers]


def ports(services: Sequence[Service]) -> dict[Service, int]:
    """Free ones, as an installation may have the usual ones here."""
    return {service: free_port() for service in services}


def places() -> list[dict[Service, int]]:
    """The ports of each replica."""
    return [ports((*SERVICES, DEMO_CRM)), *(ports(SERVICES) for _ in range(REPLICAS - 1))]


def address(ports: Mapping[Service, int], service: Service) -> str:
    return f"http://{HOST}:{ports[service]}"


async def start(replicas: Sequence[Replica], client: httpx.AsyncClient, announce: Callable[[str], None]) -> None:
    """Back when all are ready. Raises CommandError with the reasons of one that is not."""
    for replica in replicas:
        replica.start()
    await asyncio.gather(*(replica.ready(client, announce) for replica in replicas))


async def close(replicas: Sequence[Replica]) -> None:
    await asyncio.shield(asyncio.gather(*(asyncio.to_thread(replica.close) for replica in replicas)))
