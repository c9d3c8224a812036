"""Whether the Amends packages here agree with one another, and with the services that run."""

import asyncio
import platform
import re
import ssl
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import httpx

from amends.doctor.finding import Finding, broken, fine, skipped
from amends.doctor.given import Given
from amends.services import SERVICES, Service

OURS = "amends-cli"
PACKAGES = ("amends-events", *(f"amends-{service.name}" for service in SERVICES))
SECONDS = 3.0
_BUILD_INFO = re.compile(r'^amends_build_info\{service="([^"]+)",version="([^"]+)"\} 1', re.MULTILINE)


async def look(given: Given) -> list[Finding]:
    own = version(OURS)
    here = {name: found for name in PACKAGES if (found := _installed(name))}
    async with httpx.AsyncClient(timeout=SECONDS, verify=ssl.create_default_context(), trust_env=False) as http:
        running = await asyncio.gather(*(_running(http, service, given) for service in SERVICES))
    return [installed(own, here), *(finding for service, found in running for finding in compared(own, service, found))]


def installed(own: str, here: Mapping[str, str]) -> Finding:
    if others := {name: found for name, found in here.items() if found != own}:
        said = ", ".join(f"{name} {found}" for name, found in sorted(others.items()))
        return broken(
            f"the packages here do not agree: {OURS} {own}, {said}", "install the same version of all of them"
        )
    return fine(f"Amends {own} on Python {platform.python_version()}")


def compared(own: str, service: Service, runs: str | None) -> list[Finding]:
    """``runs``: the version that answers; empty where it does not say; None where none answers."""
    if runs is None:
        return []  # told by the check of the services
    if not runs:
        return [skipped(f"{service.name} does not tell which version it is")]
    if runs != own:
        return [
            broken(
                f"{service.name} runs {runs}, this command is {own}",
                f"finish the rollout of {service.name}, or use the command of {runs}; during a rollout this passes",
            )
        ]
    return [fine(f"{service.name} runs {runs}")]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


async def _running(http: httpx.AsyncClient, service: Service, given: Given) -> tuple[Service, str | None]:
    try:
        answer = await http.get(f"{given.urls[service]}/metrics")
    except (httpx.HTTPError, httpx.InvalidURL):
        return service, None
    told = dict(_BUILD_INFO.findall(answer.text)) if answer.status_code == 200 else None
    return service, None if told is None else told.get(service.name, "")
