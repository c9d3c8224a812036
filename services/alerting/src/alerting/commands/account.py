"""``account``: who may use the desk, from the command line; so also the first admin, before there is anybody to ask.

A password is never an argument: it would stay in the shell's history and be seen by everybody on the machine.
"""

import argparse
import asyncio
import getpass
import hashlib
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from alerting.commands import account_parser
from alerting.core import passwords
from alerting.core.accounts import Login
from alerting.core.case import Name
from alerting.store.accounts import Account, Accounts, By, Taken
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.envelope import DEFAULT_TENANT
from events.runtime.database import create_engine
from events.runtime.errors import Stuck, Unavailable
from events.runtime.migrate import require_schema


class CommandError(Exception):
    """Ends the command with exit code 1; the text says what is wrong and what to do about it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the command works: the service's database, address and tenant."""

    accounts: Accounts
    public_url: str
    by: By


def execute(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Returns 0: done, 1: it failed, 2: the command line makes no sense."""
    try:
        asked = account_parser.build().parse_args(arguments)
    except SystemExit as error:  # argparse has said why, or shown the help
        return int(error.code or 0)
    try:
        asyncio.run(_done(asked, environ))
    except (CommandError, Stuck, Unavailable) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


async def _done(asked: argparse.Namespace, environ: Mapping[str, str]) -> None:
    async with _place(environ) as place:
        await COMMANDS[asked.command](place, asked)


@asynccontextmanager
async def _place(environ: Mapping[str, str]) -> AsyncIterator[Place]:
    if not (url := environ.get("DATABASE_URL")):
        raise CommandError("DATABASE_URL is not set: accounts are kept in the service's database")
    engine = create_engine(url, SCHEMA, pool_size=1)
    try:
        await require_schema(engine, SCHEMA, MIGRATIONS)
        accounts = Accounts(engine, environ.get("ALERTING_DESK_TENANT") or DEFAULT_TENANT)
        public_url = environ.get("ALERTING_PUBLIC_URL") or "http://127.0.0.1:8082"
        yield Place(accounts, public_url.rstrip("/"), By(f"{_user()} (command line)"))
    finally:
        await engine.dispose()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return f"uid {os.getuid()}"


async def _add(place: Place, asked: argparse.Namespace) -> None:
    login = _valid(Login, asked.login.lower(), "LOGIN must be letters, digits and . _ @ + -, at most 80 of them")
    name = _valid(Name, asked.name.strip(), "--name must have 1 to 80 characters")
    password = _given(login, name) if asked.password else None
    try:
        made = await place.accounts.add(login, name, asked.role, place.by)
    except Taken:
        raise CommandError("somebody has that login, or that name, already: amends account list") from None
    if password is None:
        await _invite(place, login, made)
    else:
        await place.accounts.set_password(made, _kept(password), place.by)
        _say(f"{login} can sign in at {place.public_url}/desk/")


async def _list(place: Place, asked: argparse.Namespace) -> None:
    found = await place.accounts.all()
    if asked.json:
        _say(json.dumps([_row(each) for each in found], indent=2))
        return
    rows = [("LOGIN", "NAME", "ROLE", "STATE", "SIGNED IN")]
    rows += [
        (r["login"] or "(OpenID)", r["name"], r["role"], r["state"], r["signed_in_at"] or "never")
        for r in map(_row, found)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        _say("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _row(account: Account) -> dict[str, Any]:
    at = account.signed_in_at
    return {
        "login": account.login,
        "name": account.name,
        "role": account.role,
        "state": account.state,
        "signed_in_at": f"{at:%Y-%m-%d %H:%M} UTC" if at else None,
    }


async def _role(place: Place, asked: argparse.Namespace) -> None:
    account = await _found(place, asked.login)
    if account.role != asked.role:
        await place.accounts.give_role(account.id, asked.role, place.by)
    _say(f"{account.login} is {asked.role}")


async def _disable(place: Place, asked: argparse.Namespace) -> None:
    account = await _found(place, asked.login)
    await place.accounts.disable(account.id, place.by)
    _say(f"{account.login} is disabled and signed out")


async def _enable(place: Place, asked: argparse.Namespace) -> None:
    account = await _found(place, asked.login)
    await place.accounts.enable(account.id, place.by)
    _say(f"{account.login} may sign in again")


async def _password(place: Place, asked: argparse.Namespace) -> None:
    account = await _found(place, asked.login)
    if asked.invite:
        await _invite(place, account.login or "", account.id)
        return
    password = _given(account.login or "", account.name)
    await place.accounts.set_password(account.id, _kept(password), place.by, must_change=asked.must_change)
    _say(f"{account.login} has a new password and is signed out everywhere")


async def _invite(place: Place, login: str, id_: UUID) -> None:
    secret = secrets.token_urlsafe(32)
    await place.accounts.invite(id_, hashlib.sha256(secret.encode()).digest(), place.by)
    _say(f"Send this link to {login} alone. It sets the password, once, within three days:\n")
    _say(f"{place.public_url}/desk/invitation/{secret}")


async def _found(place: Place, login: str) -> Account:
    found = await place.accounts.find(login.lower())
    if found is None:
        raise CommandError("there is no account with that login: amends account list")
    return found


def _given(login: str, name: str) -> str:
    """One line of standard input; at a terminal asked for twice, and not shown. Raises CommandError."""
    if sys.stdin.isatty():
        password = getpass.getpass("new password: ").strip()
        if password != getpass.getpass("once more: ").strip():
            raise CommandError("the two are not the same; nothing is changed")
    else:
        password = sys.stdin.readline().strip()
    if complaint := passwords.complaint(password, login, name, login.partition("@")[0]):
        raise CommandError(f"{complaint} Nothing is changed.")
    return password


def _kept(password: str) -> str:
    return passwords.hashed(password, secrets.token_bytes(passwords.SALT_BYTES))


def _valid(kind: Any, text: str, complaint: str) -> str:
    try:
        return str(TypeAdapter(kind).validate_python(text))
    except ValidationError:
        raise CommandError(complaint) from None


def _say(text: str) -> None:
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else "?" for c in text) + "\n")


COMMANDS: Mapping[str, Callable[[Place, argparse.Namespace], Awaitable[None]]] = {
    "add": _add,
    "list": _list,
    "role": _role,
    "disable": _disable,
    "enable": _enable,
    "password": _password,
}
