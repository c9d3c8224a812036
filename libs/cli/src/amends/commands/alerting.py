"""``amends rules``, ``oncall``, ``account``: handed over to alerting itself, which knows its files and tables."""

import subprocess
import sys
from collections.abc import Callable

import typer

from amends.services import ALERTING

ARGUMENTS = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}
GROUPS = {
    "rules": "When a case opens: check a rules file, try it on the past.",
    "oncall": "Who is on call: now, later, overrides, gaps.",
    "account": "Who may use the desk: add, list, disable.",
}


def register(app: typer.Typer) -> None:
    for name, words in GROUPS.items():
        settings = {**ARGUMENTS, "help_option_names": []}
        app.command(name, help=words, context_settings=settings, add_help_option=False)(_handing_over(name))


def _handing_over(name: str) -> Callable[[typer.Context], int]:
    def hand_over(context: typer.Context) -> int:
        return subprocess.run([sys.executable, "-m", ALERTING.module, name, *context.args], check=False).returncode

    return hand_over
