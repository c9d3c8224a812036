"""``amends database``: what an owner of the database does before the services may use it."""

from typing import Annotated

import typer

from amends.database_roles import statements

EXAMPLES = """Examples:

amends database roles | psql -v ON_ERROR_STOP=1 postgresql://owner@db/amends

psql postgresql://owner@db/amends -c '\\password scoring'
"""


def register(app: typer.Typer) -> None:
    database = typer.Typer(help="The database: who may use what.", no_args_is_help=True, epilog=EXAMPLES)
    database.callback()(_group)
    database.command("roles", epilog=EXAMPLES)(roles)
    app.add_typer(database, name="database")


def _group() -> None:
    """Keeps ``roles`` a command of its own name, although it is the only one."""


def roles(
    name: Annotated[str, typer.Option("--name", help="Of the database.", metavar="DATABASE")] = "amends",
) -> None:
    """Print the SQL that makes a role for each service, which owns a schema and sees no other. Safe to repeat."""
    for statement in statements(name):
        print(f"{statement};")
