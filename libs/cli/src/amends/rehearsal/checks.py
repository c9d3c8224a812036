"""What must hold of the set: asked of the services, the brokers, the database and Prometheus."""

import math
from collections.abc import Mapping

import asyncpg
import httpx

from amends.database_roles import role_of
from amends.rehearsal.fleet import REPLICAS, Fleet
from amends.rehearsal.ground import Ground
from amends.services import ALERTING, PROFILE_SYNC, SCORING, SERVICES, Service
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaAccess, KafkaPublisher, look, refusal
from events.runtime.stream import Outgoing
from events.topics import ALERTS, all_topics, read_by

CONSUMERS = (SCORING, ALERTING, PROFILE_SYNC)
ASKED_SECONDS = 10.0
REFUSED_SECONDS = 3.0
FORBIDDEN = "TopicAuthorizationFailedError"
"""What a publisher says that may not write there."""


def access(ground: Ground, user: str, password: str | None = None) -> KafkaAccess:
    return KafkaAccess(
        ground.plan.bootstrap,
        ca=ground.plan.certificates.authority,
        username=user,
        password=password or ground.plan.users[user],
    )


async def ready(fleet: Fleet) -> str | None:
    for service in SERVICES:
        for url in fleet.urls(service):
            answer = await fleet.client.get(f"{url}/readyz")
            if answer.status_code != 200:
                return f"{service.name} at {url}: {answer.status_code} {answer.text[:200]}"
    return None


async def shared(fleet: Fleet) -> str | None:
    """Every member of each group has partitions, and together they have all."""
    for service in CONSUMERS:
        held = await fleet.values(service, "amends_consumer_partitions")
        if min(held) == 0 or sum(held) != sum(topic.partitions for topic in read_by(service.name)):
            return f"{service.name}: its processes hold {held} partitions"
    return None


async def caught_up(fleet: Fleet) -> str | None:
    for service in CONSUMERS:
        lag = sum(await fleet.values(service, "amends_consumer_lag_records", math.inf))
        dead = sum(await fleet.values(service, "amends_consumer_dead_letters_total"))
        if lag or dead:
            return f"{service.name}: {lag:.0f} records behind, {dead:.0f} set aside"
    return None


async def applied(fleet: Fleet, posted: Mapping[str, int]) -> str | None:
    """By every consumer, not by scoring alone."""
    for service in CONSUMERS:
        found = await fleet.applied(service)
        for topic in read_by(service.name):
            if found.get(topic.name, 0) < posted.get(topic.name, 0):
                return f"{service.name} has applied {found.get(topic.name, 0)} of {posted[topic.name]} {topic.name}"
    return None


async def copied(ground: Ground) -> str | None:
    found = await look.topics(access(ground, "operator"), [topic.name for topic in all_topics()])
    few = [name for name, seen in found.items() if seen.in_sync < len(ground.brokers)]
    return f"not on every broker: {', '.join(few)}" if few or len(found) < len(all_topics()) else None


async def kept_out(ground: Ground) -> str | None:
    """Nobody comes in with a wrong password, and no service writes what is not its own."""
    if "does not know" not in (why := await refusal(access(ground, SCORING.name, "wrong")) or "it lets us in"):
        return f"scoring with a wrong password: {why}"
    publisher = KafkaPublisher(access(ground, SCORING.name), client_id="rehearsal", deadline=REFUSED_SECONDS)
    try:
        await publisher.publish([Outgoing(ALERTS.name, b"rehearsal", b"{}")])
    except Unavailable as error:
        if FORBIDDEN in str(error):
            return None
        raise
    finally:
        await publisher.close()
    return f"scoring may write {ALERTS.name}"


async def schemas_apart(databases: Mapping[Service, str]) -> str | None:
    """``databases``: the DATABASE_URL of each service."""
    for service in SERVICES:
        connection = await asyncpg.connect(databases[service], timeout=ASKED_SECONDS)
        try:
            for other in SERVICES:
                try:
                    await connection.execute(f'SELECT * FROM "{role_of(other)}".works_with', timeout=ASKED_SECONDS)  # noqa: S608
                except asyncpg.InsufficientPrivilegeError:
                    continue
                if other is not service:
                    return f"the role of {service.name} may read the schema of {other.name}"
        finally:
            await connection.close(timeout=ASKED_SECONDS)
    return None


async def scraped(client: httpx.AsyncClient, prometheus: str) -> str | None:
    """Prometheus has every process as a target that is up, and no rule fails."""
    targets = (await client.get(f"{prometheus}/api/v1/targets")).json()["data"]["activeTargets"]
    down = [target["scrapeUrl"] for target in targets if target["health"] != "up"]
    if down or len(targets) != REPLICAS * len(SERVICES):
        return f"{len(targets)} targets, down: {', '.join(down) or 'none'}"
    groups = (await client.get(f"{prometheus}/api/v1/rules")).json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    wrong = [f"{rule['name']}: {rule.get('lastError') or rule['health']}" for rule in rules if rule["health"] != "ok"]
    return "; ".join(wrong) or (None if rules else "it has no rules")
