"""Whether each service says of itself that it can do its job."""

import asyncio
import ssl

import httpx

from amends.doctor.finding import Finding, broken, fine, skipped
from amends.doctor.given import Given
from amends.services import SERVICES, Service

SECONDS = 8.0


async def look(given: Given) -> list[Finding]:
    async with httpx.AsyncClient(timeout=SECONDS, verify=ssl.create_default_context(), trust_env=False) as http:
        return list(await asyncio.gather(*(_service(http, service, given) for service in SERVICES)))


async def _service(http: httpx.AsyncClient, service: Service, given: Given) -> Finding:
    url = given.urls[service]
    try:
        answer = await http.get(f"{url}{service.ready}")
    except httpx.InvalidURL:
        return broken(f"{service.name}: {url} is no address", f"--service {service.name}=http://HOST:PORT")
    except httpx.HTTPError as error:
        if service in given.told:
            return broken(f"{service.name} does not answer at {url}: {type(error).__name__}", "start it, see its log")
        return skipped(f"{service.name} does not answer at {url}", f"elsewhere: --service {service.name}=URL")
    if answer.status_code == 200:
        return fine(f"{service.name} is ready")
    try:
        reasons = "; ".join(answer.json()["reasons"])
    except (ValueError, KeyError, TypeError):
        return broken(f"{service.name}: {url}{service.ready} answers {answer.status_code}", "is that really it?")
    return broken(f"{service.name} is not ready: {reasons}", "mend what it waits for; it goes on by itself")
