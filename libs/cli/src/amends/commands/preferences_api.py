"""``amends preferences``, over the API: what a customer prefers, what waits for a person, and the CRM."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from amends.api import Api
from amends.commands import sweep_view
from amends.console import out
from amends.errors import CommandError

PAGE = 200
URL = "http://127.0.0.1:8083"
Url = Annotated[str, typer.Option(help="Where profile-sync listens.")]
Key = Annotated[
    str,
    typer.Option(
        envvar="AMENDS_API_KEY",
        help="An API key with preferences:read, and preferences:act to act.",
        show_default=False,
    ),
]
By = Annotated[str, typer.Option(help="Who does it.", envvar="USER")]
Customer = Annotated[str, typer.Argument(help="The customer's id.", show_default=False)]
Note = Annotated[str, typer.Argument(help="The note's id, as review and show have it.", show_default=False)]
Rate = Annotated[float, typer.Option(help="Customers a second, at most.")]
Follow = Annotated[bool, typer.Option(help="Show how far it is until it is over. Ctrl-C leaves it running.")]
Trouble = Literal["erasing", "parked", "yielded", "drifted"]


def add(app: typer.Typer) -> None:
    """Register all of them."""
    commands: dict[str, Callable[..., None]] = {
        "show": show, "review": review, "accept": accept, "reject": reject, "retract": retract, "consent": consent,
        "parked": parked, "retry": retry, "backfill": backfill, "reconcile": reconcile, "sweeps": sweeps,
    }  # fmt: skip
    for name, command in commands.items():
        app.command(name)(command)


def show(
    customer: Customer,
    words: Annotated[bool, typer.Option("--words", help="Also the words it was read from.")] = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """What a customer prefers, where it was said, and what the CRM holds.

    Example: amends preferences show cus-42
    """
    found = _api(url, key).get("customers", customer, "preferences")
    notes = [*found["preferences"], *found["proposed"], *found["history"]]
    table = _notes("said in", *(["words"] if words else []))
    for note in notes:
        said = [note["words"] or ""] if words else []
        _row(table, *_note(note), note["said_in"]["response_id"], *said)
    _print(table, "nothing was ever said")
    if not found["consent"]["in_force"]:
        out.print("free text and habits are not read: no consent")
    crm = found["crm"]
    if crm is None:
        return
    why = f" ({crm['reason']})" if crm["reason"] else ""
    agreed = f", agreed {crm['agreed_at'][:16]}" if crm["agreed_at"] else ""
    out.print(f"CRM: {crm['state']}{why}{agreed}")
    for field in crm["fields"]:
        held = "  held by a person there" if field["held_by_human"] else ""
        out.print(escape(f"  {field['field']}: {_value(field['written'])}{held}"))


def review(
    kind: Annotated[str | None, typer.Option(help="Only of this kind, such as language.")] = None,
    hints: Annotated[bool, typer.Option("--hints", help="Also weak hints, from what customers do.")] = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """What waits for a person, the oldest first.

    Example: amends preferences review --kind accessibility
    """
    table = _notes("customer")
    for note in _api(url, key).pages(
        "preferences", under="preferences", limit=PAGE, kind=kind, hints=str(hints).lower()
    ):
        _row(table, *_note(note), note["customer_id"])
    _print(table, "nothing waits")


def accept(note: Note, by: By, url: Url = URL, key: Key = "") -> None:
    """It is right: the note counts, and the CRM is told."""
    _decide("accept", note, by, url, key)


def reject(note: Note, by: By, url: Url = URL, key: Key = "") -> None:
    """It is not what was said: the note does not count."""
    _decide("reject", note, by, url, key)


def retract(note: Note, by: By, url: Url = URL, key: Key = "") -> None:
    """It does not hold any more: the note ceases to count, and the CRM is told."""
    _decide("retract", note, by, url, key)


def consent(
    customer: Annotated[
        str | None, typer.Argument(help="The customer's id; without one it is about everybody.")
    ] = None,
    allow: Annotated[bool | None, typer.Option("--allow/--refuse", help="Say so; without either it is shown.")] = None,
    by: By = "",
    url: Url = URL,
    key: Key = "",
) -> None:
    """Whether free text and habits may be read. Refused, what was read from them is taken back.

    Example: amends preferences consent cus-42 --refuse
    """
    path = ("customers", customer, "consent") if customer else ("consent",)
    api = _api(url, key)
    found = api.get(*path) if allow is None else api.put(*path, extraction=allow, by=by)
    who = f" ({found['by']}, {found['at'][:16]})" if found["by"] else ""
    out.print(escape(f"free text and habits are {'' if found['extraction'] else 'not '}read{who}"))
    if found["extraction"] and not found.get("in_force", True):
        out.print("but for this tenant they are not: amends preferences consent")


def parked(
    trouble: Annotated[Trouble | None, typer.Option(help="Only these.")] = None, url: Url = URL, key: Key = ""
) -> None:
    """Customers whose CRM is not as it should be, the longest so first."""
    table = Table("customer", "trouble", "since", "reason", "fields", box=None)
    for each in _api(url, key).pages("parked", under="customers", limit=PAGE, trouble=trouble):
        fields = ", ".join(each["fields"])
        _row(table, each["customer_id"], each["trouble"], each["since"][:16], each["reason"] or "", fields)
    _print(table, "nothing is parked")


def retry(customer: Customer, by: By, url: Url = URL, key: Key = "") -> None:
    """Bring the CRM up to date with a customer again. A person's edit there stays."""
    found = _api(url, key).post("parked", customer, "retry", by=by)
    out.print(escape(f"{customer} is {found['state']}"))


def backfill(by: By, rate: Rate = 5.0, follow: Follow = True, url: Url = URL, key: Key = "") -> None:
    """Push every customer's preferences: the CRM is new or has new fields. What was parked is tried again.

    Example: amends preferences backfill --rate 10
    """
    _walk("backfill", by, rate, follow, url, key)


def reconcile(by: By, rate: Rate = 5.0, follow: Follow = True, url: Url = URL, key: Key = "") -> None:
    """See whether the CRM still holds what was agreed; mend what it lost, yield to what a person edited."""
    _walk("reconcile", by, rate, follow, url, key)


def sweeps(
    cancel: Annotated[str | None, typer.Option(help="Stop this one: its id, or how it begins.")] = None,
    by: By = "",
    url: Url = URL,
    key: Key = "",
) -> None:
    """Back-fills and reconciles, the newest first, and how far each is.

    Example: amends preferences sweeps --cancel 3f2a
    """
    api = _api(url, key)
    found = api.get("sweeps", limit=50)["sweeps"]
    if cancel is not None:
        which = [each for each in found if each["id"].startswith(cancel)]
        if len(which) != 1:
            raise CommandError(f"{len(which) or 'no'} sweeps begin like that")
        out.print(sweep_view.line(api.post("sweeps", which[0]["id"], "cancel", by=by)))
        return
    for sweep in found:
        out.print(escape(f"{sweep['id'][:8]}  {sweep['asked_at'][:16]}  {sweep['asked_by']}  {sweep_view.line(sweep)}"))
    if not found:
        out.print("there was none yet")


def _api(url: str, key: str) -> Api:
    return Api("profile-sync", url, key)


def _decide(what: str, note: str, by: str, url: str, key: str) -> None:
    found = _api(url, key).post("preferences", note, what, by=by)
    out.print(f"{found['note_id'][:8]} is {found['status']}")


def _walk(purpose: str, by: str, rate: float, follow: bool, url: str, key: str) -> None:
    api = _api(url, key)
    sweep = api.post("sweeps", purpose=purpose, by=by, rate_per_second=rate)
    if follow:
        try:
            sweep = sweep_view.follow(api, sweep)
        except KeyboardInterrupt:
            out.print("it goes on; stop it with: amends preferences sweeps --cancel " + sweep["id"][:8])
            raise
    out.print(sweep_view.line(sweep))


def _notes(*more: str) -> Table:
    """A table whose ids can be copied however narrow it is."""
    table = Table(box=None)
    table.add_column("note", min_width=32, no_wrap=True)
    for name in ("what", "status", "sure", "stated", *more):
        table.add_column(name, overflow="fold")
    return table


def _print(table: Table, nothing: str) -> None:
    """Into a file or pipe nothing is folded to the width of a terminal that is not there."""
    console = out if out.is_terminal else Console(highlight=False, width=200)
    console.print(table if table.rows else nothing)


def _note(note: Mapping[str, Any]) -> tuple[str, ...]:
    name = f"{note['kind']} {note['channel'] or ''}".strip()
    sure = f"{note['confidence']:.2f}"
    return note["note_id"], f"{name}: {_plain(note['value'])}", note["status"], sure, note["stated_at"][:10]


def _value(field: Mapping[str, Any] | None) -> str:
    return "nothing" if field is None else _plain(field.get("value"))


def _plain(value: Any) -> str:
    return {True: "yes", False: "no", None: "taken back"}[value] if value in (True, False, None) else str(value)


def _row(table: Table, *cells: str) -> None:
    table.add_row(*(escape(cell) for cell in cells))
