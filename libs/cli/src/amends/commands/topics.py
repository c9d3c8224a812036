"""``amends topics``: the Kafka topics, created where they are missing."""

import asyncio
from typing import Annotated

import typer

from amends.console import out
from events.runtime.kafka import ensure_topics
from events.topics import all_topics

Bootstrap = Annotated[
    str,
    typer.Option(
        "--kafka", envvar="KAFKA_BOOTSTRAP_SERVERS", metavar="HOST:PORT", help="Kafka's address, several with commas."
    ),
]

EXAMPLES = """Examples:

amends topics --kafka kafka-1:9092,kafka-2:9092 --replication 3

KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 amends topics
"""


def register(app: typer.Typer) -> None:
    app.command("topics", epilog=EXAMPLES)(topics)


def topics(
    kafka: Bootstrap,
    replication: Annotated[int, typer.Option(min=1, help="Copies of each record; 3 in production.")] = 1,
) -> None:
    """Create the topics that are missing, dead letters included. Existing ones stay as they are."""
    created = asyncio.run(ensure_topics(kafka, all_topics(), replication=replication))
    for name in created:
        out.print(f"created {name}")
    out.print(f"{len(all_topics())} topics are there, {len(created)} of them new")
