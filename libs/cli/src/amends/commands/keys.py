"""``amends keys``: API keys for those who call the services."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import ValidationError

from amends.console import err
from events.envelope import DEFAULT_TENANT
from events.problems import from_validation_error
from events.runtime.api_keys import SCOPES, NewKey, dump, new_key
from events.vocabulary import parse_instant


def register(app: typer.Typer) -> None:
    keys = typer.Typer(help="API keys: make one for a system that posts events or reads numbers.", no_args_is_help=True)
    keys.command("new", epilog=EXAMPLES)(new)
    app.add_typer(keys, name="keys")


EXAMPLES = """Examples:

amends keys new --scope events:write --source /crm/acme

amends keys new --scope metrics:read --scope alerts:read --note wallboard --expires 90d > keys.yaml
"""


def new(
    scope: Annotated[
        list[str], typer.Option(help=f"What the key may do, once for each of: {', '.join(SCOPES)}.", show_default=False)
    ],
    source: Annotated[
        list[str] | None, typer.Option(help="An event source the key may speak for; none given: any of its tenant.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose events and numbers.")] = DEFAULT_TENANT,
    note: Annotated[str, typer.Option(help="Who has it; kept beside the key.")] = "",
    expires: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When it ends: 12h, 90d, or 2026-12-31T00:00:00Z; left out: never."),
    ] = None,
) -> None:
    """Make a key. The secret goes to standard error, once; the entry for API_KEYS_FILE to standard output."""
    made = _made(scope, tenant, tuple(source or ()), note, _end(expires))
    err.print("The key, shown only now (only its SHA-256 is kept):\n")
    err.print(f"  {made.secret}\n", style="bold")
    err.print(
        "Its entry in the file that API_KEYS_FILE names. That has one line 'keys:' and all the entries below it:\n"
    )
    print(dump((made.kept,)), end="")


def _made(
    scopes: Sequence[str], tenant: str, sources: tuple[str, ...], note: str, expires_at: datetime | None
) -> NewKey:
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise typer.BadParameter(f"there is no scope {unknown[0]}: the scopes are {', '.join(SCOPES)}")
    known = tuple(scope for scope in SCOPES if scope in scopes)
    try:
        return new_key(known, tenant=tenant, sources=sources, note=note, expires_at=expires_at)
    except ValidationError as error:
        raise typer.BadParameter(str(from_validation_error(error, {"tenant": tenant, "sources": sources}))) from error


def _end(text: str | None) -> datetime | None:
    if text is None:
        return None
    now = datetime.now(UTC)
    try:
        if found := re.fullmatch(r"([0-9]{1,5})([hd])", text):
            return now + timedelta(**{{"h": "hours", "d": "days"}[found[2]]: int(found[1])})
        end = parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(f"--expires {error}") from error
    if end <= now:
        raise typer.BadParameter("--expires is in the past")
    return end
