"""Whether Kafka lets us in, and how many brokers there are."""

import asyncio

from amends.doctor.finding import Finding, broken, count, fine, warning
from amends.doctor.given import Given
from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka import KafkaAccess, refusal
from events.runtime.kafka.look import Cluster, cluster

ENOUGH = 3
KNOCK_SECONDS = 4.0


async def look(given: Given) -> list[Finding]:
    if given.kafka_problem:
        return [broken(f"how to get into Kafka is set wrongly: {given.kafka_problem}", "see docs/configuration.md")]
    try:
        seen = await cluster(given.access)
    except (Unavailable, Stuck) as error:
        why = await _refusal(given.access) if isinstance(error, Unavailable) else None
        return [broken(f"Kafka does not let us in: {why or error}", "start the brokers, or mend KAFKA_*")]
    return [judged(seen)]


async def _refusal(access: KafkaAccess) -> str | None:
    try:
        async with asyncio.timeout(KNOCK_SECONDS):
            return await refusal(access)
    except TimeoutError:
        return None


def judged(seen: Cluster) -> Finding:
    if seen.controller is None:
        return broken("Kafka has no controller: no topic or partition can change", "start the missing brokers")
    if seen.brokers < ENOUGH:
        said = f"Kafka answers, with {count(seen.brokers, 'broker')}: an accepted event is safe only on several"
        return warning(said, "run three brokers in production, and make the topics with --replication 3")
    return fine(f"Kafka answers, with {seen.brokers} brokers")
