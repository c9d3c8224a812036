"""``amends traffic``: the demo's contact centre, played against services that run already."""

import asyncio
import os
import signal
import ssl
from pathlib import Path
from typing import Annotated

import httpx
import typer

from amends.console import out
from amends.demo.traffic import Options, Recovery, Traffic
from amends.errors import CommandError
from events.runtime.configuration import SECRETS_DIR

REQUEST_SECONDS = 10.0

EXAMPLES = """Examples:

AMENDS_API_KEY=amk_… amends traffic --rate 5 --seconds 60

SECRETS_DIR=/run/secrets/amends amends traffic --url http://ingest:8080 --alerting http://127.0.0.1:8082

The folder SECRETS_DIR holds files: AMENDS_API_KEY; survey-tool, the secret of a webhook source of that name; and with
--alerting, sink: what alerting signs its webhooks with.
"""


def register(app: typer.Typer) -> None:
    app.command("traffic", epilog=EXAMPLES)(traffic)


def traffic(
    url: Annotated[str, typer.Option(help="Where ingest listens.")] = "http://127.0.0.1:8080",
    alerting: Annotated[
        str | None, typer.Option(help="Where alerting listens: take its webhooks, and recover some of the cases.")
    ] = None,
    sink_port: Annotated[int, typer.Option(help="Of 127.0.0.1: takes its webhooks, at /webhook and /apprise.")] = 8099,
    rate: Annotated[float, typer.Option(min=1, max=1000, help="Events a second, on average.")] = 20.0,
    seconds: Annotated[float | None, typer.Option(min=1, help="For so long. Without: until Ctrl-C.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 7,
    history: Annotated[
        int, typer.Option(min=0, max=60, metavar="DAYS", help="Days before today to tell of first.")
    ] = 0,
) -> None:
    """Play simulated customers: contacts, surveys, remarks, a bad day in billing. Never beside real ones."""
    key, sink = _secret("AMENDS_API_KEY"), _secret("sink")
    if key is None:
        raise typer.BadParameter(f"an API key is needed: AMENDS_API_KEY, or a file of that name in {SECRETS_DIR}")
    if alerting is not None and sink is None:
        raise typer.BadParameter(f"--alerting needs the file sink in {SECRETS_DIR}: what its webhooks are signed with")
    recovery = Recovery(alerting, sink, sink_port) if alerting and sink else None
    asyncio.run(_run(Options(url, key, _secret("survey-tool"), rate, seed, history), recovery, seconds))


def _secret(name: str) -> str | None:
    """From the environment, else from the folder of secrets; None where it is in neither."""
    if found := os.environ.get(name):
        return found
    file = Path(os.environ.get(SECRETS_DIR) or os.devnull, name)
    try:
        return file.read_text().strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CommandError(f"{name} in {SECRETS_DIR} cannot be read: {type(error).__name__}") from error


async def _run(options: Options, recovery: Recovery | None, seconds: float | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with httpx.AsyncClient(
        timeout=REQUEST_SECONDS, verify=ssl.create_default_context(), trust_env=False
    ) as client:
        traffic = Traffic(client, options, out.print)
        await traffic.tell_history(stop)
        if seconds is not None:
            loop.call_later(seconds, stop.set)
        await traffic.run(recovery, stop)
