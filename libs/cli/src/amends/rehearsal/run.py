"""One rehearsal from the services to its verdict."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from amends.demo.run import Signals
from amends.demo.sink import Sink, serving
from amends.errors import Interrupted
from amends.local.ports import HOST, free_port
from amends.local.prometheus import PrometheusServer
from amends.rehearsal import configuring, fleet, installing, places, verdict
from amends.rehearsal.configuring import Settings, configure
from amends.rehearsal.fleet import Fleet, Replica
from amends.rehearsal.ground import Ground
from amends.rehearsal.steps import Steps
from amends.rehearsal.traffic import Centre, Traffic, lose_a_broker
from amends.services import SERVICES, Service

MIGRATIONS, SERVING, WATCHING, TRAFFIC = "migrations", "two of each service", "Prometheus", "traffic"
FAULT = ", and a broker is killed meanwhile"
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """``faults``: a broker is killed while traffic runs. ``keep``: run on until somebody ends it."""

    seconds: float
    rate: float
    seed: int
    faults: bool
    keep: bool
    prometheus: bool
    local: Path
    logs: Path


async def rehearse(ground: Ground, options: Options, steps: Steps) -> Sequence[str]:
    """What does not hold, a sentence each; empty when everything does.

    Raises:
        Interrupted: ended before there was a verdict.
        CommandError, PartMissing, PartFailed, Unavailable, Stuck: it could not be set up, or a part failed.
    """
    signals = Signals()
    try:
        return await _rehearse(ground, options, steps, signals)
    except asyncio.CancelledError:
        if signals.code:
            raise Interrupted(signals.code) from None
        raise


async def _rehearse(ground: Ground, options: Options, steps: Steps, signals: Signals) -> Sequence[str]:
    await asyncio.to_thread(installing.make_topics, ground, steps)
    databases = await installing.make_roles(ground, steps)
    keys = await asyncio.to_thread(installing.make_keys, ground.folder, steps)
    ports = fleet.places()
    tag = f"{datetime.now(UTC):%H%M%S}"
    sink = Sink("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    sink_port = free_port()
    with steps.step(configuring.TITLE):
        settings = configure(ground, databases, keys, ports[0], (f"{HOST}:{sink_port}", sink.secret), tag)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(sink, sink_port))
        up = await stack.enter_async_context(_services(settings, ports, keys.all, options.logs, steps))
        prometheus = await stack.enter_async_context(_prometheus(up, options, steps, ground.folder))
        centre = Centre(up, sink, keys.all, settings.webhook, steps)
        with steps.step(f"{TRAFFIC} for {options.seconds:.0f} s{FAULT if options.faults else ''}"):
            async with asyncio.TaskGroup() as group:
                if options.faults:
                    group.create_task(lose_a_broker(ground, steps))
                group.create_task(centre.play(Traffic(options.seconds, options.rate, options.seed, tag)))
        steps.say(centre.told())
        off = await verdict.reach(verdict.asked(ground, up, centre, databases, prometheus), steps)
        if options.keep:
            places.tell(up, prometheus, ground, settings, keys.all, steps.say)
            await _until_ended(signals, up, steps)
        steps.say("stopping …")
    return off


@asynccontextmanager
async def _services(
    settings: Settings, ports: Sequence[Mapping[Service, int]], key: str, logs: Path, steps: Steps
) -> AsyncIterator[Fleet]:
    replicas = [Replica(settings.environs, logs / str(number), some) for number, some in enumerate(ports, 1)]
    try:
        with steps.step(MIGRATIONS, *(f"python -m {service.module} migrate" for service in SERVICES)):
            await replicas[0].migrate([service for service in SERVICES if service.migrates])
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            with steps.step(SERVING, *(f"python -m {service.module} serve" for service in SERVICES)):
                await fleet.start(replicas, client, steps.say)
            yield Fleet(replicas, client, key, settings.crm_token)
    finally:
        await fleet.close(replicas)


@asynccontextmanager
async def _prometheus(up: Fleet, options: Options, steps: Steps, folder: Path) -> AsyncIterator[str | None]:
    """Its address; None where it is not wanted."""
    if not options.prometheus:
        yield None
        return
    targets = {service.name: [url.removeprefix("http://") for url in up.urls(service)] for service in SERVICES}
    server = PrometheusServer(folder / "prometheus", options.local, targets, steps.say)
    try:
        with steps.step(WATCHING, "prometheus --config.file=prometheus.yml"):
            await asyncio.to_thread(server.start)
        yield server.url
    finally:
        await asyncio.shield(asyncio.to_thread(server.close))


async def _until_ended(signals: Signals, up: Fleet, steps: Steps) -> None:
    steps.say("it runs on; Ctrl-C ends it")
    signals.gently = asyncio.Event()
    while not signals.gently.is_set():
        up.check()
        with suppress(TimeoutError):
            await asyncio.wait_for(signals.gently.wait(), LOOK_SECONDS)
