"""``python -m profile_sync serve|migrate|wait|preferences``"""

import sys

import httpx

from events.runtime.api_keys import Keyring
from events.runtime.configuration import load_settings, secret_file
from events.runtime.database import create_engine
from events.runtime.logs import configure_logging
from events.runtime.migrate import require_schema, schema_commands
from events.runtime.service import command, serve
from events.runtime.tracing_setup import configure_tracing
from profile_sync.app import MIGRATIONS, SCHEMA, create_app
from profile_sync.commands import preferences
from profile_sync.crms.connections import Connections
from profile_sync.settings import Settings

CONNECTIONS = 10
"""The consumer, what works through the tables, and some for the API; pushes share a few, however many are under way."""


async def _serve() -> int:
    settings = load_settings(Settings)
    configure_logging(settings.log_level, "profile-sync")
    configure_tracing("profile-sync")
    keyring, answers, plan = Keyring.load(settings.api_keys_file), settings.answers(), settings.crm_plan()
    renewed_in = secret_file("DATABASE_URL")
    engine = create_engine(settings.database_url, SCHEMA, pool_size=CONNECTIONS, renewed_in=renewed_in)
    # Proxies and credentials come from our own settings, never from the surroundings.
    async with httpx.AsyncClient(transport=Connections(), trust_env=False) as client:
        try:
            await require_schema(engine, SCHEMA, MIGRATIONS)
            crm = plan.crm(plan.exchange(client, settings.crm_timeout_seconds))
            service = create_app(settings, engine, keyring, answers, crm)
            return await serve(service.app, service.jobs, host=settings.host, port=settings.port)
        finally:
            await engine.dispose()


def main() -> None:
    if sys.argv[1:2] == ["preferences"]:
        sys.exit(preferences.run(sys.argv[2:]))
    configure_logging(service="profile-sync")
    command("profile_sync", _serve, schema_commands(SCHEMA, MIGRATIONS))
