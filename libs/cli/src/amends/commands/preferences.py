"""``amends preferences``: over profile-sync's API, and what reads files, handed over to profile-sync, which has the
extractor.
"""

import subprocess
import sys

import typer

from amends.commands import preferences_api
from amends.services import PROFILE_SYNC

HANDED_OVER = {
    "extract": "Find preferences in a file of remarks.",
    "evaluate": "Hold the extractor against labelled remarks.",
}
SETTINGS = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}


def register(app: typer.Typer) -> None:
    preferences = typer.Typer(
        help="What customers say they prefer: see and decide it, keep the CRM in step, read it from files.",
        no_args_is_help=True,
    )
    settings = {**SETTINGS, "help_option_names": []}
    for name, words in HANDED_OVER.items():
        preferences.command(name, help=words, context_settings=settings, add_help_option=False)(hand_over)
    preferences_api.add(preferences)
    app.add_typer(preferences, name="preferences")


def hand_over(context: typer.Context) -> int:
    command = [sys.executable, "-m", PROFILE_SYNC.module, "preferences", str(context.info_name), *context.args]
    return subprocess.run(command, check=False).returncode
