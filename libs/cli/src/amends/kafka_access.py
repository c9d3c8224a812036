"""Where Kafka is and how the commands get in: ``--kafka`` for the address, KAFKA_ variables for the rest."""

from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from events.runtime.configuration import KafkaAccessSettings, load_settings
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaAccess, refusal

SERVERS = "KAFKA_BOOTSTRAP_SERVERS"
T = TypeVar("T")


def access(servers: str | None) -> KafkaAccess:
    """To ``servers``, or to those the configuration names. Raises Stuck."""
    return load_settings(KafkaAccessSettings, **{SERVERS: servers} if servers else {}).kafka


Bootstrap = Annotated[
    KafkaAccess,
    typer.Option(
        "--kafka",
        envvar=SERVERS,
        metavar="HOST:PORT",
        help="Kafka's address, several with commas.",
        parser=access,
    ),
]


async def reaching(kafka: KafkaAccess, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns. Where it could not get in, Unavailable says why."""
    try:
        return await work
    except Unavailable as error:
        why = await refusal(kafka)
        raise Unavailable(f"kafka at {kafka}: {why}" if why else str(error)) from error
