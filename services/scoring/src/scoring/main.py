"""``python -m scoring serve|migrate|wait|rebuild``"""

from datetime import timedelta

import structlog

from events.runtime.api_keys import Keyring
from events.runtime.configuration import load_settings, secret_file
from events.runtime.database import create_engine
from events.runtime.logs import configure_logging
from events.runtime.migrate import require_schema, schema_commands
from events.runtime.service import command, serve
from events.runtime.tracing_setup import configure_tracing
from scoring.app import CONNECTIONS, MIGRATIONS, SCHEMA, create_app
from scoring.core.retention import Retention
from scoring.settings import RebuildSettings, Settings
from scoring.upkeep.rebuild import rebuild

log = structlog.get_logger()


async def _serve() -> int:
    settings = load_settings(Settings)
    configure_logging(settings.log_level, "scoring")
    configure_tracing("scoring")
    renewed_in = secret_file("DATABASE_URL")
    engine = create_engine(settings.database_url, SCHEMA, pool_size=CONNECTIONS, renewed_in=renewed_in)
    try:
        await require_schema(engine, SCHEMA, MIGRATIONS)
        service = create_app(settings, engine, Keyring.load(settings.api_keys_file))
        return await serve(service.app, service.jobs, host=settings.host, port=settings.port)
    finally:
        await engine.dispose()


async def _rebuild() -> int:
    settings = load_settings(RebuildSettings)
    engine = create_engine(settings.database_url, SCHEMA)
    try:
        await require_schema(engine, SCHEMA, MIGRATIONS)
        retention = Retention(facts=timedelta(days=settings.facts_days))
        if settings.calendars_file is None:
            log.warning("no calendars: every hour is a business hour; SCORING_CALENDARS_FILE names none")
        counted = await rebuild(engine, settings.calendars, retention, lambda done: log.info("rebuilding", facts=done))
        log.info("rebuilt", facts=counted)
        return 0
    finally:
        await engine.dispose()


def main() -> None:
    configure_logging(service="scoring")
    others = {"rebuild": ("recompute the sums from the facts while the service runs", _rebuild)}
    command("scoring", _serve, {**schema_commands(SCHEMA, MIGRATIONS), **others})
