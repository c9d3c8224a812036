"""Everything a demo needs, set up in order and torn down whatever happens."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from amends.demo import boards, duty, ports
from amends.demo.children import Children, environment
from amends.demo.database import own_database
from amends.demo.observer import Observer
from amends.demo.sink import Sink, serving
from amends.demo.webhook import Webhook, set_up
from amends.errors import CommandError
from amends.local.parts import Announce, Parts
from amends.local.ports import HOST
from amends.services import ALERTING, DEMO_CRM, INGEST, PROFILE_SYNC, SCORING, SERVICES, Service
from events.runtime.api_keys import SCOPES, Scope, dump, new_key
from events.runtime.kafka import ensure_topics, group_members, read_topic
from events.topics import TOPICS, all_topics, read_by

SINK_PORT = 8099
CONSUMERS = tuple(sorted({reader for topic in TOPICS for reader in topic.readers}))
CATCH_UP_SECONDS = 120.0
DESK_SCOPES: tuple[Scope, ...] = ("preferences:read", "preferences:act")


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo that is up. ``before``: topic → events scoring had applied before the first of ours."""

    client: httpx.AsyncClient
    children: Children
    observer: Observer
    sink: Sink
    key: str
    passphrase: str
    webhook: Webhook
    sources: Mapping[str, str]
    tag: str
    before: dict[str, int]


@asynccontextmanager
async def stage(parts: Parts, private: Path, logs: Path, announce: Announce) -> AsyncIterator[Stage]:
    """Topics, a database, keys, the notification sink, five processes. Raises CommandError, Unavailable, Stuck.

    Args:
        private: a folder of this run, gone after it.
    """
    history = await _topics(parts, announce)
    passphrase, crm_token = secrets.token_hex(4), secrets.token_urlsafe(24)
    key, desk_key = new_key(SCOPES), new_key(DESK_SCOPES)
    keys_file = private / "keys.yaml"
    keys_file.write_text(dump((key.kept, desk_key.kept)))
    sink = Sink("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    chosen = _ports(announce)
    sink_port = ports.choose("the notification sink", SINK_PORT, chosen.values(), announce)
    async with own_database(parts.database_url, drop=parts.postgres is None) as database, serving(sink, sink_port):
        environ = _environment(chosen, passphrase, crm_token) | {
            "DATABASE_URL": database,
            "KAFKA_BOOTSTRAP_SERVERS": parts.kafka_bootstrap,
            "API_KEYS_FILE": str(keys_file.absolute()),
            "ALERTING_PREFERENCES_KEY": desk_key.secret,
            "LOG_LEVEL": "info",
        }
        tag = f"{datetime.now(UTC):%H%M%S}"
        webhook, sources = set_up(private, tag, f"http://{HOST}:{chosen[INGEST]}")
        address = f"{HOST}:{sink_port}"
        environ |= duty.set_up(private, f"http://{address}/webhook", sink.secret, f"json://{address}/apprise")
        environ |= {**sources, **boards.set_up(private, f"http://{HOST}:{chosen[SCORING]}", passphrase)}
        children = Children(environment(environ), logs, chosen)
        async with _running(children, announce) as client:
            observer = Observer(client, children, key.secret, crm_token)
            await _caught_up(observer, history)
            before = await observer.applied()
            sources = {**sources, "DATABASE_URL": database}
            yield Stage(client, children, observer, sink, key.secret, passphrase, webhook, sources, tag, before)


@asynccontextmanager
async def _running(children: Children, announce: Announce) -> AsyncIterator[httpx.AsyncClient]:
    try:
        await children.migrate([service for service in SERVICES if service.migrates])
        announce("migrations done")
        children.start()
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            await children.ready(client, announce)
            yield client
    finally:
        await asyncio.shield(asyncio.to_thread(children.close))


async def _topics(parts: Parts, announce: Announce) -> dict[str, int]:
    """Create what is missing. Returns how many events there are already: none on a Kafka of our own."""
    if parts.kafka is None:
        members = await group_members(parts.kafka_bootstrap, CONSUMERS)
        if any(members.values()):
            raise CommandError(
                f"an Amends is running on {parts.kafka_bootstrap}, and a demo would mix its events with invented ones;"
                " unset KAFKA_BOOTSTRAP_SERVERS to let the demo start its own Kafka"
                " (a demo that was killed still counts for half a minute)"
            )
    created = await ensure_topics(parts.kafka_bootstrap, all_topics())
    announce(f"{len(all_topics())} topics, {len(created)} of them new")
    history = {topic.name: 0 for topic in TOPICS}
    if parts.kafka is None:
        for topic in history:
            history[topic] = len([None async for _ in read_topic(parts.kafka_bootstrap, topic)])
        if any(history.values()):
            announce(f"this Kafka holds {sum(history.values())} events from before: they are read too")
    return history


async def _caught_up(observer: Observer, history: dict[str, int]) -> None:
    """Wait until every consumer has received what was there before us."""
    services = {service.name: service for service in SERVICES}
    try:
        async with asyncio.timeout(CATCH_UP_SECONDS):
            for name in CONSUMERS:
                wanted = sum(history[topic.name] for topic in read_by(name))
                while await observer.received(services[name]) < wanted:  # noqa: ASYNC110  (happens elsewhere)
                    await asyncio.sleep(0.2)
    except TimeoutError:
        raise CommandError(f"the events from before were not read within {CATCH_UP_SECONDS:.0f} s") from None


def _ports(announce: Announce) -> dict[Service, int]:
    chosen: dict[Service, int] = {}
    for service in (*SERVICES, DEMO_CRM):
        chosen[service] = ports.choose(service.name, service.port, chosen.values(), announce)
    return chosen


def _environment(chosen: dict[Service, int], passphrase: str, crm_token: str) -> dict[str, str]:
    addresses = {f"{service.prefix}_PORT": str(port) for service, port in chosen.items()}
    return addresses | {
        "ALERTING_PUBLIC_URL": f"http://{HOST}:{chosen[ALERTING]}",
        "ALERTING_DESK_PASSPHRASE": passphrase,
        "ALERTING_PREFERENCES_URL": f"http://{HOST}:{chosen[PROFILE_SYNC]}",
        "PROFILE_SYNC_CRM_URL": f"http://{HOST}:{chosen[DEMO_CRM]}/profiles/{{customer_id}}",
        "PROFILE_SYNC_CRM_TOKEN": crm_token,
        "DEMO_CRM_TOKEN": crm_token,
    }
