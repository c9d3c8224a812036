"""``amends capacity``: what a contact centre of a size needs, from measured costs and stated assumptions."""

from typing import Annotated

import typer

from amends.capacity.assumptions import Assumptions, overridden
from amends.capacity.table import SIZES, tables

EXAMPLES = """Examples:

amends capacity --agents 20000

amends capacity --agents 500 --agents 5000 --assume contacts=40 --assume answered=0.1
"""


def register(app: typer.Typer) -> None:
    app.command("capacity", epilog=EXAMPLES)(capacity)


def capacity(
    agents: Annotated[list[int] | None, typer.Option(min=1, max=10_000_000, help="May be repeated.")] = None,
    assume: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NUMBER", help="Instead of what docs/capacity.md lists.")
    ] = None,
) -> None:
    """Events, replicas, Kafka, PostgreSQL, people, and which limit binds first. Nothing is asked of anything."""
    try:
        assumed = overridden(Assumptions(), tuple(assume or ()))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    print(tables(agents or SIZES, assumed), end="")
