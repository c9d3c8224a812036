"""``python -m ingest serve|migrate|wait|source``: the process, its settings, what it holds open."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from events.runtime import service
from events.runtime.api_keys import Keyring
from events.runtime.configuration import load_settings, secret_file
from events.runtime.database import create_engine
from events.runtime.kafka import KafkaPublisher
from events.runtime.logs import configure_logging
from events.runtime.migrate import require_schema, schema_commands
from events.runtime.reloading import keys_reloading
from events.runtime.tracing_setup import configure_tracing
from ingest.app import Database, Limits, create_service
from ingest.commands import source
from ingest.core.breaker import Breaker
from ingest.core.bucket import Buckets
from ingest.fetching import new_client
from ingest.settings import Settings
from ingest.sources.live import LiveSources
from ingest.store.key_refresh import KeyRefresh
from ingest.store.keys import Keys
from ingest.store.log import Store
from ingest.store.schema import MIGRATIONS, SCHEMA

log = structlog.get_logger()

FETCHES = 32
"""At once, from all vendors."""
CONNECTIONS = 10


def main() -> None:
    if sys.argv[1:2] == ["source"]:
        sys.exit(source.run(sys.argv[2:]))
    configure_logging(service="ingest")
    service.command("ingest", serve, schema_commands(SCHEMA, MIGRATIONS))


async def serve() -> int:
    """Serve until SIGTERM. Returns the exit code; raises Stuck where the configuration does not do, Unavailable where
    a database is configured and away: without it no source's key is known."""
    settings = load_settings(Settings)
    configure_logging(settings.log_level, "ingest")
    configure_tracing("ingest")
    keyring = Keyring.load(settings.api_keys_file)
    sources = LiveSources(settings.sources_file, settings.secrets_dir, database=settings.database_url is not None)
    publisher = KafkaPublisher(settings.kafka, client_id="ingest")
    limits = Limits(Buckets(settings.rate_per_second, settings.rate_burst), trusted_proxies=settings.trusted_proxies)
    try:
        async with _database(settings.database_url, keyring, sources) as database:
            made = create_service(Store(publisher, Breaker()), keyring, sources, database, limits)
            jobs = [*made.jobs, keys_reloading(keyring, settings.api_keys_file)]
            log.info("serving", host=settings.host, port=settings.port, sources=len(sources.now.all()))
            return await service.serve(made.app, jobs, host=settings.host, port=settings.port)
    finally:
        await publisher.close()


@asynccontextmanager
async def _database(url: str | None, keyring: Keyring, sources: LiveSources) -> AsyncIterator[Database | None]:
    if url is None:
        yield None
        return
    engine = create_engine(url, SCHEMA, pool_size=CONNECTIONS, renewed_in=secret_file("DATABASE_URL"))
    try:
        await require_schema(engine, SCHEMA, MIGRATIONS)
        await KeyRefresh(Keys(engine), keyring, sources.voices).once()
        async with new_client(FETCHES) as client:
            yield Database(engine, client)
    finally:
        await engine.dispose()
