"""``python -m profile_sync serve`` and ``python -m profile_sync migrate``."""

from pathlib import Path

import httpx

from events.runtime.api_keys import Keyring
from events.runtime.database import create_engine
from events.runtime.errors import Stuck, Unavailable
from events.runtime.migrate import require_newest, upgrade
from events.runtime.service import command
from events.runtime.service import serve as run_service
from events.runtime.telemetry import configure_logging
from profile_sync.app import create_app
from profile_sync.crms import CRMS
from profile_sync.settings import Settings

SCHEMA = "profile_sync"
MIGRATIONS = Path(__file__).parent / "migrations"


async def serve() -> int:
    settings = Settings.load()
    configure_logging(settings.log_level)
    keyring, answers = Keyring.load(settings.api_keys_file), settings.answers()
    engine = create_engine(settings.database_url, SCHEMA)
    # Proxies and credentials come from our own settings, never from the surroundings.
    limits = httpx.Limits(max_connections=settings.parallel)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:
        crm = CRMS[settings.crm](client, settings.target)
        try:
            await require_newest(engine, SCHEMA, MIGRATIONS)
            service = create_app(settings, engine, keyring, answers, crm)
            return await run_service(service.app, service.jobs, host=settings.host, port=settings.port)
        except Unavailable as error:
            raise Stuck(str(error)) from error
        finally:
            await engine.dispose()


async def migrate() -> int:
    settings = Settings.load()
    engine = create_engine(settings.database_url, SCHEMA)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
    except Unavailable as error:
        raise Stuck(str(error)) from error
    finally:
        await engine.dispose()
    return 0


def main() -> None:
    command("profile_sync", serve, migrate)
