"""``amends case``: recovery cases from a terminal, over the same API as everything else."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import httpx
import typer
from rich.markup import escape
from rich.table import Table

from amends.console import out
from amends.errors import CommandError

REQUEST_SECONDS = 15.0

Url = Annotated[str, typer.Option(help="Where alerting listens.")]
Key = Annotated[
    str,
    typer.Option(
        envvar="AMENDS_API_KEY", help="An API key with alerts:read, and alerts:act to act.", show_default=False
    ),
]
By = Annotated[str, typer.Option(help="Who does it.", envvar="USER")]
Id = Annotated[str, typer.Argument(help="The case's id, or how it begins.")]
Note = Annotated[str | None, typer.Option(help="A few words for the timeline.")]
URL = "http://127.0.0.1:8082"


def register(app: typer.Typer) -> None:
    case = typer.Typer(help="Recovery cases: list, show, and act on them.", no_args_is_help=True)
    commands: dict[str, Callable[..., None]] = {
        "list": list_cases, "show": show, "claim": claim, "release": release, "hand-over": hand_over, "note": note,
        "attempt": attempt, "appointment": appointment, "contacted": contacted, "close": close, "reopen": reopen,
    }  # fmt: skip
    for name, command in commands.items():
        case.command(name)(command)
    app.add_typer(case, name="case")


def list_cases(
    state: Annotated[
        str | None, typer.Option(help="open, claimed, contacted or closed; all but closed without.")
    ] = None,
    url: Url = URL,
    key: Key = "",
) -> None:
    """What waits, by when the customer should have been reached."""
    states = (state,) if state else ("open", "claimed", "contacted")
    cases = [case for each in states for case in asyncio.run(_all(url, key, each))]
    table = Table("case", "state", "by", "reach by", "reason", "team", box=None)
    for case in sorted(cases, key=lambda each: str(each["contact_due_at"])):
        said = (
            case["id"][:8],
            case["state"],
            case["claimed_by"],
            case["contact_due_at"][:16],
            case["reason"],
            case["team"],
        )
        table.add_row(*(escape(str(each)) if each else "" for each in said))
    out.print(table if cases else "nobody waits")


def show(case: Id, url: Url = URL, key: Key = "") -> None:
    """One case with its timeline. The customer's own words are on the desk, not here."""
    found = asyncio.run(_one(url, key, case))
    for name in (
        "id",
        "state",
        "reason",
        "claimed_by",
        "contact_due_at",
        "team",
        "channel",
        "agent",
        "outcome",
        "cause",
    ):
        if found["case"].get(name):
            out.print(f"{name.replace('_', ' '):15} {escape(str(found['case'][name]))}")
    for entry in found["timeline"]:
        by = f" by {entry['who']}" if entry["who"] else ""
        out.print(escape(f"{entry['at'][:19]}  {entry['what'].replace('_', ' ')}{by}"))


def claim(case: Id, by: By, url: Url = URL, key: Key = "") -> None:
    """Take a case."""
    _act(url, key, case, "claim", by)


def release(case: Id, by: By, note: Note = None, url: Url = URL, key: Key = "") -> None:
    """Give a case back; somebody else is looked for."""
    _act(url, key, case, "release", by, note=note)


def hand_over(
    case: Id,
    by: By,
    to: Annotated[str, typer.Option(help="Who has it from now on.")],
    note: Note = None,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Pass a case to a colleague, who is told."""
    _act(url, key, case, "hand-over", by, to=to, note=note)


def note(case: Id, words: Annotated[str, typer.Argument()], by: By, url: Url = URL, key: Key = "") -> None:
    """Write something down."""
    _act(url, key, case, "note", by, note=words)


def attempt(
    case: Id,
    by: By,
    result: Annotated[str, typer.Option(help="no_answer, busy, voicemail, wrong_number or declined.")] = "no_answer",
    channel: Annotated[str, typer.Option(help="How it was tried.")] = "phone",
    note: Note = None,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Record that the customer was not reached."""
    _act(url, key, case, "attempt", by, result=result, channel=channel, note=note)


def appointment(
    case: Id,
    by: By,
    at: Annotated[str, typer.Option(help="When to call, such as 2026-03-02T15:30:00+01:00.")],
    note: Note = None,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Agree on a time to call; the contact clock stands still until then."""
    _act(url, key, case, "appointment", by, at=at, note=note)


def contacted(case: Id, by: By, note: Note = None, url: Url = URL, key: Key = "") -> None:
    """Record the contact with the customer."""
    _act(url, key, case, "contacted", by, note=note)


def close(
    case: Id,
    by: By,
    outcome: Annotated[str, typer.Option(help="recovered, not_recovered, unreachable or dismissed.")],
    cause: Annotated[str | None, typer.Option(help="What caused it; not where it is dismissed.")] = None,
    remedy: Annotated[str | None, typer.Option(help="What was done about it; not where it is dismissed.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is dismissed.")] = None,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Settle a case."""
    _act(url, key, case, "close", by, outcome=outcome, cause=cause, remedy=remedy, reason=reason)


def reopen(case: Id, by: By, reason: Annotated[str, typer.Option(help="Why.")], url: Url = URL, key: Key = "") -> None:
    """Open a closed case again."""
    _act(url, key, case, "reopen", by, reason=reason)


def _act(url: str, key: str, case: str, action: str, by: str, **said: str | None) -> None:
    asyncio.run(_acted(url, key, case, action, {"by": by, **{name: value for name, value in said.items() if value}}))


async def _acted(url: str, key: str, case: str, action: str, said: dict[str, Any]) -> None:
    found = (await _one(url, key, case))["case"]
    said["version"] = found["version"]
    done = await _call(url, key, "POST", f"/v1/cases/{found['id']}/{action}", said)
    out.print(f"{found['id'][:8]} is {done['case']['state']}")


async def _one(url: str, key: str, case: str) -> Mapping[str, Any]:
    if len(case) < _UUID:
        states = ("open", "claimed", "contacted", "closed")
        found = [each["id"] for state in states for each in await _all(url, key, state) if each["id"].startswith(case)]
        if len(found) != 1:
            raise CommandError(f"{len(found) or 'no'} cases begin like that: give more of the id")
        case = found[0]
    return await _call(url, key, "GET", f"/v1/cases/{case}")


_UUID = 36


async def _all(url: str, key: str, state: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = await _call(url, key, "GET", f"/v1/cases?state={state}&limit=200" + (f"&after={after}" if after else ""))
        found += page["cases"]
        after = page["next"]
    return found


async def _call(url: str, key: str, method: str, path: str, said: Any = None) -> Mapping[str, Any]:
    if not key:
        raise CommandError("an API key is needed: --key amk_…, or AMENDS_API_KEY")
    headers = {"Authorization": f"Bearer {key}"}
    local = httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")  # a proxy cannot reach this machine's loopback
    try:
        async with httpx.AsyncClient(
            base_url=url, timeout=REQUEST_SECONDS, verify=ssl.create_default_context(), trust_env=not local
        ) as client:
            response = await client.request(method, path, json=said, headers=headers)
    except httpx.HTTPError as error:
        raise CommandError(f"alerting could not be reached at {url}: {type(error).__name__}") from error
    document: dict[str, Any] = response.json() if "json" in response.headers.get("content-type", "") else {}
    if response.is_success:
        return document
    problems = "; ".join(f"{each['pointer'].strip('/')} {each['detail']}" for each in document.get("errors", ()))
    said = ". ".join(document[name] for name in ("title", "detail") if document.get(name))
    raise CommandError(problems or said or f"alerting answered {response.status_code}")
