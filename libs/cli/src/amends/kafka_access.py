"""Where Kafka is and how the commands get in: ``--kafka`` for the address, KAFKA_ variables for the rest."""

from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from events.runtime.configuration import KafkaAccessSettings, load_settings
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaAccess, refusal

T = TypeVar("T")


def _access(servers: str) -> KafkaAccess:
    return load_settings(KafkaAccessSettings, KAFKA_BOOTSTRAP_SERVERS=servers).kafka


Bootstrap = Annotated[
    KafkaAccess,
    typer.Option(
        "--kafka",
        envvar="KAFKA_BOOTSTRAP_SERVERS",
        metavar="HOST:PORT",
        help="Kafka's address, several with commas.",
        parser=_access,
    ),
]


async def reaching(kafka: KafkaAccess, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns. Where it could not get in, Unavailable says why."""
    try:
        return await work
    except Unavailable as error:
        why = await refusal(kafka)
        raise Unavailable(f"kafka at {kafka}: {why}" if why else str(error)) from error
