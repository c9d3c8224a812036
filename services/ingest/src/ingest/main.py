"""The process: settings, keys, Kafka, the HTTP server, signals."""

import asyncio

import structlog

from events.runtime import service
from events.runtime.api_keys import Keyring
from events.runtime.configuration import load_settings
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaPublisher
from events.runtime.logs import configure_logging
from events.runtime.stream import Publisher
from ingest.app import create_app
from ingest.settings import Settings

log = structlog.get_logger()


def main() -> None:
    service.command("ingest", serve)


async def serve() -> int:
    """Serve until SIGTERM. Returns the exit code; raises Stuck where the configuration does not do."""
    configure_logging()
    settings = load_settings(Settings)
    configure_logging(settings.log_level)
    keyring = Keyring.load(settings.api_keys_file)
    publisher = KafkaPublisher(settings.kafka_bootstrap_servers, client_id="ingest")
    try:
        log.info("serving", host=settings.host, port=settings.port)
        return await service.serve(
            create_app(publisher, keyring), [_greeting(publisher)], host=settings.host, port=settings.port
        )
    finally:
        await publisher.close()


def _greeting(publisher: Publisher) -> service.Job:
    """Connect to Kafka before the first request does; where it is away, say so and serve all the same."""

    async def job(stop: asyncio.Event) -> None:
        try:
            await publisher.publish(())
        except Unavailable as error:
            log.warning("kafka is away; answering 503 until it is back", error=str(error))
        await stop.wait()

    return job
