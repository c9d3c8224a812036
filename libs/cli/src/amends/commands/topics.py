"""``amends topics``: the Kafka topics, created where they are missing, and who may read and write them."""

import asyncio
from typing import Annotated

import typer

from amends.console import out
from amends.kafka_access import Bootstrap, reaching
from events.rights import rights_of, services
from events.runtime.kafka import KafkaAccess, ensure_topics, grant
from events.topics import all_topics

EXAMPLES = """Examples:

amends topics --kafka kafka-1:9092,kafka-2:9092 --replication 3

KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 amends topics

amends topics --replication 3 --rights

KAFKA_CA_FILE, KAFKA_USERNAME, KAFKA_PASSWORD and the like get into a broker that asks, as they do for the services.
"""


def register(app: typer.Typer) -> None:
    app.command("topics", epilog=EXAMPLES)(topics)


def topics(
    kafka: Bootstrap,
    replication: Annotated[int, typer.Option(min=1, help="Copies of each record; 3 in production.")] = 1,
    rights: Annotated[
        bool, typer.Option("--rights", help="Let the user of each service read and write what it must, and no more.")
    ] = False,
) -> None:
    """Create the topics that are missing, dead letters included. Existing ones stay as they are."""
    created, entries = asyncio.run(reaching(kafka, _create(kafka, replication, rights)))
    for name in created:
        out.print(f"created {name}")
    out.print(f"{len(all_topics())} topics are there, {len(created)} of them new")
    if rights:
        out.print(f"{entries} entries in the access lists of {', '.join(services())}")


async def _create(kafka: KafkaAccess, replication: int, rights: bool) -> tuple[list[str], int]:
    created = await ensure_topics(kafka, all_topics(), replication=replication)
    return created, await grant(kafka, map(rights_of, services())) if rights else 0
