"""``amends doctor``: what is wrong, and what to do about it. Looks, and changes nothing."""

import asyncio
from typing import Annotated

import typer

from amends.doctor.checks import CHECKS
from amends.doctor.examine import examine
from amends.doctor.given import gather
from amends.doctor.report import as_json, healthy, show

NAMES = ", ".join(check.name for check in CHECKS)
EXAMPLES = """Examples:

amends doctor

amends doctor --kafka kafka-1:9092 --database postgresql://amends@db/amends --service ingest=http://10.0.0.7:8080

amends doctor --database scoring=postgresql://scoring@db-1/amends --only lag --only topics --json
"""


def register(app: typer.Typer) -> None:
    app.command("doctor", epilog=EXAMPLES)(doctor)


def doctor(
    kafka: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", help="Kafka's address; else KAFKA_BOOTSTRAP_SERVERS. How to get in: KAFKA_*."
        ),
    ] = None,
    database: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]URL", help="postgresql://user@host/name, of all services or of one; else DATABASE_URL."
        ),
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(metavar="NAME=URL", help="Where a service is, if not on this machine.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="CHECK", help=f"Only this check; may be repeated. One of {NAMES}.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For machines: one JSON document.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also what is well, line by line.")] = False,
) -> int:
    """Say what is wrong and what to do about it. It only reads. Exit code 0: nothing is broken; 1: something is."""
    if unknown := set(only or ()) - {check.name for check in CHECKS}:
        raise typer.BadParameter(f"there is no check {min(unknown)}: they are {NAMES}")
    chosen = [check for check in CHECKS if not only or check.name in only]
    results = asyncio.run(examine(gather(database or (), service or (), kafka), chosen))
    print(as_json(results)) if json else show(results, verbose=verbose or bool(only))
    return 0 if healthy(results) else 1
