"""``python -m alerting serve|migrate|wait|rules|oncall|account``"""

import os
import sys

from alerting.app import create_app
from alerting.commands import account, oncall, rules
from alerting.settings import Settings
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.runtime.api_keys import Keyring
from events.runtime.configuration import load_settings, secret_file
from events.runtime.database import create_engine
from events.runtime.logs import configure_logging
from events.runtime.migrate import require_schema, schema_commands
from events.runtime.service import command, serve
from events.runtime.tracing_setup import configure_tracing

CONNECTIONS = 20
"""The consumer, the bell, the hub, the reports, the jobs and one for each delivery under way, with some left for the
pages."""


async def _serve() -> int:
    settings = load_settings(Settings)
    configure_logging(settings.log_level, "alerting")
    configure_tracing("alerting")
    renewed_in = secret_file("DATABASE_URL")
    engine = create_engine(settings.database_url, SCHEMA, pool_size=CONNECTIONS, renewed_in=renewed_in)
    try:
        await require_schema(engine, SCHEMA, MIGRATIONS)
        service = create_app(settings, engine, Keyring.load(settings.api_keys_file))
        return await serve(service.app, service.jobs, host=settings.host, port=settings.port)
    finally:
        await engine.dispose()


GROUPS = {"rules": rules.execute, "oncall": oncall.execute, "account": account.execute}
"""Commands with words of their own behind them."""
INTERRUPTED = 130


def main() -> None:
    if (execute := GROUPS.get(sys.argv[1] if len(sys.argv) > 1 else "")) is not None:
        configure_logging()
        try:
            sys.exit(execute(sys.argv[2:], os.environ))
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
    configure_logging(service="alerting")
    command("alerting", _serve, schema_commands(SCHEMA, MIGRATIONS))
