"""``amends scoring``: what an operator does to the sums. Handed over to scoring itself, which knows its tables."""

import subprocess
import sys

import typer

from amends.services import SCORING


def register(app: typer.Typer) -> None:
    scoring = typer.Typer(help="The sums behind the metrics.", no_args_is_help=True)
    scoring.callback()(_group)
    scoring.command("rebuild")(rebuild)
    app.add_typer(scoring, name="scoring")


def _group() -> None:
    """Keeps ``rebuild`` a command of its own name, although it is the only one."""


def rebuild() -> int:
    """Recompute all sums from the facts and put them in the place of those in use, while everything runs.

    Needed after business calendars changed. Reads DATABASE_URL, SCORING_CALENDARS_FILE and SCORING_FACTS_DAYS: give it
    those of the service.
    """
    return subprocess.run([sys.executable, "-m", SCORING.module, "rebuild"], check=False).returncode
