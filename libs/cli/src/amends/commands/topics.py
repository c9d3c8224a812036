"""``amends topics``: the Kafka topics, created where they are missing, how many partitions, and who may use them."""

import asyncio
from typing import Annotated

import typer

from amends.console import out
from amends.kafka_access import Bootstrap, reaching
from events.rights import rights_of, services
from events.runtime.kafka import KafkaAccess, ensure_topics, grant, raise_partitions
from events.topics import PARTITIONS, all_topics

EXAMPLES = """Examples:

amends topics --kafka kafka-1:9092,kafka-2:9092 --replication 3

KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 amends topics

amends topics --replication 3 --rights

amends topics --partitions 12 --raise --dry-run

KAFKA_CA_FILE, KAFKA_USERNAME, KAFKA_PASSWORD and the like get into a broker that asks, as they do for the services.
"""


def register(app: typer.Typer) -> None:
    app.command("topics", epilog=EXAMPLES)(topics)


def topics(
    kafka: Bootstrap,
    replication: Annotated[int, typer.Option(min=1, help="Copies of each record; 3 in production.")] = 1,
    partitions: Annotated[
        int | None,
        typer.Option(min=1, help=f"Of each topic but dead letters. [default: as there are, else {PARTITIONS}]"),
    ] = None,
    more: Annotated[
        bool,
        typer.Option("--raise", help="Only give existing topics --partitions, which takes that nobody reads them."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whether --raise could do it now.")] = False,
    rights: Annotated[
        bool, typer.Option("--rights", help="Let the user of each service read and write what it must, and no more.")
    ] = False,
) -> None:
    """Create the topics that are missing, dead letters included. Existing ones stay as they are, but for --raise."""
    if dry_run and not more:
        raise typer.BadParameter("--dry-run goes with --raise")
    if more:
        if partitions is None:
            raise typer.BadParameter("--raise takes a number: --partitions 12")
        raised = asyncio.run(reaching(kafka, raise_partitions(kafka, all_topics(), partitions, dry_run=dry_run)))
        said = f"{'may be' if dry_run else 'now'} raised to {partitions} partitions"
        out.print(f"{said}: {', '.join(raised)}" if raised else f"no topic has fewer than {partitions} partitions")
        return
    created, entries = asyncio.run(reaching(kafka, _create(kafka, replication, partitions, rights)))
    for name in created:
        out.print(f"created {name}")
    out.print(f"{len(all_topics())} topics are there, {len(created)} of them new")
    if rights:
        out.print(f"{entries} entries in the access lists of {', '.join(services())}")


async def _create(kafka: KafkaAccess, replication: int, partitions: int | None, rights: bool) -> tuple[list[str], int]:
    created = await ensure_topics(kafka, all_topics(), replication=replication, partitions=partitions)
    return created, await grant(kafka, map(rights_of, services())) if rights else 0
