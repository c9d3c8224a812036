"""``amends demo``: a small contact centre through the whole of Amends, on a real Kafka and a real PostgreSQL."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from amends.console import out
from amends.demo.run import Options, run
from amends.ending import ended_by_signals
from amends.local.leftovers import run_directory
from amends.local.parts import Parts, local_parts

LOCAL = Path(".local")

EXAMPLES = """Examples:

amends demo

amends demo --seconds 90 --rate 100

Kafka and PostgreSQL are started privately, unless KAFKA_BOOTSTRAP_SERVERS or DATABASE_URL name others; there, a
database of the demo's own is made and dropped.
"""


def register(app: typer.Typer) -> None:
    app.command("demo", epilog=EXAMPLES)(demo)


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(min=5, envvar="DEMO_SECONDS", help="Traffic for so long, then a verdict. Without: until Ctrl-C."),
    ] = None,
    rate: Annotated[float, typer.Option(min=1, max=1000, help="Events a second, on average.")] = 40.0,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 7,
    history: Annotated[
        int, typer.Option(min=0, max=60, metavar="DAYS", help="Days before today to tell of first; 0 for none.")
    ] = 14,
) -> None:
    """Run a simulated contact centre through Amends and watch the numbers, the cases, the notifications and the CRM.

    With --seconds, exit code 0 means: every event was applied once, every bad answer became one case and one
    notification, and the CRM says what the customers said.
    """
    began = time.monotonic()

    def announce(line: str) -> None:
        out.print(f"[dim]{time.monotonic() - began:5.1f} s[/]  {escape(line)}")

    with ended_by_signals(), run_directory(LOCAL) as private, local_parts(LOCAL, announce=announce) as parts:
        options = Options(seconds, rate, seed, history, private, LOCAL / "demo/logs")
        try:
            code = asyncio.run(run(parts, options, out, announce))
        finally:
            _kill(parts)
    raise typer.Exit(code)


def _kill(parts: Parts) -> None:
    """Our own broker and database, with data nobody needs any more: no orderly end is worth waiting for."""
    for server in (parts.kafka, parts.postgres):
        if server is not None:
            server.kill()
