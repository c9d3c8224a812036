"""``preferences``: the extractor from a terminal. One file a command, one line in the list."""

import argparse
import csv
import os
import sys
from collections.abc import Sequence

from profile_sync.commands import evaluate, extract
from profile_sync.commands.table import Unreadable

COMMANDS = (extract, evaluate)
"""THE list. Each has NAME and HELP, ``arguments(parser)`` and ``run(asked)``, which gives the exit code."""

INTERRUPTED = 130
LONGEST_CELL = 10_000_000
"""Characters; an unclosed quote takes the rest of the file for one cell."""


def run(arguments: Sequence[str]) -> int:
    """``python -m profile_sync preferences ARGUMENTS``. Returns the exit code."""
    try:
        return execute(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read us has seen enough, as ``head`` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def execute(arguments: Sequence[str]) -> int:
    """Returns 0: done, 2: the command line makes no sense, or a file that it names."""
    try:
        asked = _parser().parse_args(arguments)
    except SystemExit as error:  # argparse has said why, or shown the help
        return int(error.code or 0)
    csv.field_size_limit(LONGEST_CELL)
    try:
        code: int = asked.run(asked)
    except Unreadable as error:
        sys.stderr.write(f"amends preferences {asked.command}: {error}\n")
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amends preferences", description="What customers say they prefer.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP, allow_abbrev=False)
        command.arguments(one)
        one.set_defaults(run=command.run)
    return parser
