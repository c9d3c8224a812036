"""``amends migrate``: the database schema of each service, brought to the version of its code."""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from amends.console import out
from amends.errors import CommandError
from amends.services import SERVICES, Service

MIGRATE_SECONDS = 300.0

EXAMPLES = """Example:

DATABASE_URL=postgresql://amends@db/amends amends migrate
"""


def register(app: typer.Typer) -> None:
    app.command("migrate", epilog=EXAMPLES)(migrate)


def migrate(
    database: Annotated[
        str, typer.Option("--database", envvar="DATABASE_URL", metavar="URL", help="postgresql://user@host/name")
    ],
) -> None:
    """Run the migrations of every service that keeps tables. Safe to repeat, and to run twice at once."""
    for service in SERVICES:
        if service.migrates:
            migrate_service(service, {**os.environ, "DATABASE_URL": database})
            out.print(f"{service.name}: the schema is up to date")


def migrate_service(service: Service, environ: Mapping[str, str]) -> None:
    """Raises CommandError. What the service says goes to our standard error."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", service.module, "migrate"],
            env=environ,
            stdout=subprocess.DEVNULL,
            timeout=MIGRATE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{service.name}: migrations have not ended within {MIGRATE_SECONDS:.0f} s") from error
    if done.returncode:
        raise CommandError(f"{service.name}: migrations failed with exit code {done.returncode}")
