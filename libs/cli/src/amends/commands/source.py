"""``amends source``: the systems that post to ingest. Handed over to ingest itself, which knows its vendors."""

import subprocess
import sys

import typer

from amends.services import INGEST

ARGUMENTS = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}


def register(app: typer.Typer) -> None:
    app.command("source", context_settings={**ARGUMENTS, "help_option_names": []}, add_help_option=False)(source)


def source(context: typer.Context) -> int:
    """Systems that post to ingest: add, list, rotate, revoke, check."""
    return subprocess.run([sys.executable, "-m", INGEST.module, "source", *context.args], check=False).returncode
