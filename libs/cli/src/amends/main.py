"""The ``amends`` command. Each subcommand is one file in ``commands``; what goes wrong ends here, in one line."""

import logging
import sys
from typing import Annotated

import structlog
import typer

from amends.console import complain
from amends.errors import CommandError, Interrupted

DEBUG = "--debug"
INTERRUPTED = 130


def main() -> None:
    """Console script. Exit code 0: done; 1: it failed, and one line says why; 2: the command line makes no sense."""
    arguments = [argument for argument in sys.argv[1:] if argument != DEBUG]
    sys.exit(run(arguments, debug=len(arguments) < len(sys.argv) - 1))


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command line and return its exit code."""
    _quieten(debug=debug)
    try:
        return build()(arguments, prog_name="amends", standalone_mode=False) or 0
    except typer.TyperException as error:
        if said := error.format_message():  # nothing said: the help was shown instead
            complain(f"{said} (try amends --help)")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Interrupted as error:
        return error.code
    except Exception as error:  # the last place where it can be told without a traceback
        if debug:
            raise
        complain(_line(error))
        return 1


def build() -> typer.Typer:
    """The command line. The subcommands are imported here, so that a Ctrl-C meanwhile ends as any other does."""
    from amends.command_line import COMMANDS

    app = typer.Typer(
        name="amends",
        help="Amends: what customers say about a contact, turned into action while it still matters.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_common)
    for command in COMMANDS:
        command.register(app)
    return app


def _quieten(*, debug: bool) -> None:
    """What goes wrong in a library is told by us, once; its own words are for ``--debug``."""
    level = logging.WARNING if debug else logging.CRITICAL
    for name in ("aiokafka", "asyncio", "uvicorn"):
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _common(debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error.")] = False) -> None:
    """``--debug`` is taken out of the arguments by ``main``, so that it may stand anywhere; here it is documented."""


def _line(error: BaseException) -> str:
    from amends.local.errors import PartFailed, PartMissing
    from events.problems import Invalid
    from events.runtime.errors import Stuck, Unavailable

    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, CommandError | PartFailed | PartMissing | Stuck | Unavailable | Invalid):
        return str(error)
    return f"{type(error).__name__}: {error} (--debug shows where)"
