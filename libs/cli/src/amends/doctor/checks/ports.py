"""Whether the port of a service is free for it, its own, or somebody else's."""

import asyncio
import ssl

import httpx

from amends.doctor.finding import Finding, broken, fine
from amends.doctor.given import Given, place
from amends.doctor.holder import holder
from amends.services import SERVICES, Service
from events.loopback import is_loopback

SECONDS = 3.0


async def look(given: Given) -> list[Finding]:
    async with httpx.AsyncClient(timeout=SECONDS, verify=ssl.create_default_context(), trust_env=False) as http:
        return list(await asyncio.gather(*(_port(http, service, given) for service in SERVICES)))


async def _port(http: httpx.AsyncClient, service: Service, given: Given) -> Finding:
    url = given.urls[service]
    try:
        host, port = place(url)
    except ValueError:
        return broken(f"{service.name}: {url} is no address", f"give it a port that is a number: {service.prefix}_PORT")
    if not is_loopback(host):
        return fine(f"{service.name} is at {host}:{port}, not on this machine")
    if not await _listened(host, port):
        return fine(f"port {port} is free for {service.name}")
    if await _is_ours(http, url):
        return fine(f"port {port} is {service.name}'s")
    by = await asyncio.to_thread(holder, port)
    return broken(
        f"port {port} of {service.name} is taken by {by or 'somebody else'}",
        f"end that program, or give {service.name} another port: {service.prefix}_PORT",
    )


async def _is_ours(http: httpx.AsyncClient, url: str) -> bool:
    try:
        answer = await http.get(f"{url}/livez")
        return answer.status_code == 200 and answer.json() == {"status": "alive"}
    except (httpx.HTTPError, ValueError):
        return False


async def _listened(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
