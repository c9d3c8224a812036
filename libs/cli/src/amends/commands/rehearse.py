"""``amends rehearse``: a set as in production on this machine, step by step, and whether it holds."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from amends.console import complain, out
from amends.ending import ended_by_signals
from amends.local.leftovers import run_directory
from amends.rehearsal.ground import ground
from amends.rehearsal.run import Options, rehearse
from amends.rehearsal.steps import Steps

LOCAL = Path(".local")

EXAMPLES = """Examples:

amends rehearse

amends rehearse --seconds 60 --faults

amends rehearse --keep
"""


def register(app: typer.Typer) -> None:
    app.command("rehearse", epilog=EXAMPLES)(command)


def command(
    seconds: Annotated[float, typer.Option(min=5, help="Traffic for so long, then the checks.")] = 30.0,
    rate: Annotated[float, typer.Option(min=1, max=1000, help="Events a second, on average.")] = 40.0,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 7,
    faults: Annotated[
        bool, typer.Option("--faults", help="Kill a broker while traffic runs, and start it again.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Run on after the checks, until Ctrl-C.")] = False,
    prometheus: Annotated[bool, typer.Option(help="Whether Prometheus watches.")] = True,
) -> None:
    """Rehearse an installation on this machine: a set as in production, traffic, checks. All of it goes at the end.

    Three Kafka brokers with TLS, passwords and access lists, PostgreSQL with a role for each service, two of each
    service, Prometheus. Says each step with its time and the command that does it in real life.
    Exit code 0: every check held.
    """
    began = time.monotonic()

    def announce(line: str) -> None:
        out.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {escape(line)}")

    local, steps = LOCAL.absolute(), Steps(announce)
    options = Options(seconds, rate, seed, faults, keep, prometheus, local, local / "rehearsal" / "logs")
    with ended_by_signals(), run_directory(local) as folder, ground(local, folder, steps, announce) as parts:
        off = asyncio.run(rehearse(parts, options, steps))
    for title, took in steps.taken.items():
        out.print(f"{took:6.1f} s  {escape(title)}")
    out.print(f"{sum(steps.taken.values()):6.1f} s  in all")
    for sentence in off:
        complain(sentence)
    if not off:
        out.print("[bold green]every check held[/]")
    raise typer.Exit(1 if off else 0)
