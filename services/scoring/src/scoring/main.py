"""``python -m scoring serve|migrate``"""

from events.runtime.api_keys import Keyring
from events.runtime.configuration import load_settings
from events.runtime.database import create_engine
from events.runtime.migrate import require_newest, upgrade
from events.runtime.service import command, serve
from events.runtime.telemetry import configure_logging
from scoring.app import MIGRATIONS, SCHEMA, create_app
from scoring.settings import Settings


async def _serve() -> int:
    settings = load_settings(Settings)
    configure_logging(settings.log_level)
    engine = create_engine(settings.database_url, SCHEMA)
    try:
        await require_newest(engine, SCHEMA, MIGRATIONS)
        service = create_app(settings, engine, Keyring.load(settings.api_keys_file))
        return await serve(service.app, service.jobs, host=settings.host, port=settings.port)
    finally:
        await engine.dispose()


async def _migrate() -> int:
    settings = load_settings(Settings)
    engine = create_engine(settings.database_url, SCHEMA)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
    finally:
        await engine.dispose()
    return 0


def main() -> None:
    command("scoring", _serve, _migrate)
