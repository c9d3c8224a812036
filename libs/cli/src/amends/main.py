"""The ``amends`` command. Each subcommand is one file in ``commands``; what goes wrong ends here, in one line."""

import sys
from typing import Annotated

import typer

from amends.commands import demo, dlq, keys, migrate, replay, topics
from amends.console import complain
from amends.errors import CommandError, Interrupted
from amends.local.errors import PartFailed, PartMissing
from events.problems import Invalid
from events.runtime.errors import Stuck, Unavailable

COMMANDS = (demo, replay, dlq, keys, topics, migrate)
EXPECTED = (CommandError, PartFailed, PartMissing, Stuck, Unavailable, Invalid)
DEBUG = "--debug"

app = typer.Typer(
    name="amends",
    help="Amends: what customers say about a contact, turned into action while it still matters.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in COMMANDS:
    command.register(app)


@app.callback()
def _common(debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error.")] = False) -> None:
    """``--debug`` is taken out of the arguments by ``main``, so that it may stand anywhere; here it is documented."""


def main() -> None:
    """Console script. Exit code 0: done; 1: it failed, and one line says why; 2: the command line makes no sense."""
    arguments = [argument for argument in sys.argv[1:] if argument != DEBUG]
    sys.exit(run(arguments, debug=len(arguments) < len(sys.argv) - 1))


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command line and return its exit code."""
    try:
        return app(arguments, prog_name="amends", standalone_mode=False) or 0
    except typer.TyperException as error:
        if said := error.format_message():  # nothing said: the help was shown instead
            complain(f"{said} (try amends --help)")
        return error.exit_code
    except typer.Abort:
        return 130
    except Interrupted as error:
        return error.code
    except Exception as error:
        if debug:
            raise
        complain(_line(error))
        return 1


def _line(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, EXPECTED):
        return str(error)
    return f"{type(error).__name__}: {error} (--debug shows where)"
