"""``python -m scoring serve|migrate``"""

from functools import partial

from events.runtime.api_keys import Keyring
from events.runtime.configuration import load_settings
from events.runtime.database import create_engine
from events.runtime.logs import configure_logging
from events.runtime.migrate import migrate, require_newest
from events.runtime.service import command, serve
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


def main() -> None:
    configure_logging()
    command("scoring", _serve, partial(migrate, SCHEMA, MIGRATIONS))
