"""``source``: one of its commands, and what becomes of it when it goes wrong."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from events.envelope import DEFAULT_TENANT
from events.runtime.errors import Stuck, Unavailable
from events.runtime.logs import configure_logging
from ingest.commands import add, check, listing, parked, parser, rotate
from ingest.commands.console import complain
from ingest.commands.place import CommandError, Place
from ingest.sources.complaints import Unusable
from ingest.store.keys import Refused
from ingest.vendors.registry import BY_NAME
from ingest.vendors.vendor import Vendor

INTERRUPTED = 130
Command = Callable[[Place, argparse.Namespace], Awaitable[int]]


def run(arguments: Sequence[str]) -> int:
    """``python -m ingest source ARGUMENTS``. Returns the exit code."""
    configure_logging()  # every change of a key is a line of the log
    try:
        return execute(arguments, os.environ, BY_NAME)
    except KeyboardInterrupt:
        return INTERRUPTED


def execute(arguments: Sequence[str], environ: Mapping[str, str], vendors: Mapping[str, Vendor]) -> int:
    """Returns 0: done, 1: it failed, or the payload would be refused, 2: the command line makes no sense."""
    try:
        asked = parser.build(vendors).parse_args(arguments)
    except SystemExit as error:  # argparse has said why, or shown the help
        return int(error.code or 0)
    try:
        return asyncio.run(_done(Place.of(environ, vendors), asked))
    except Unusable as error:
        for sentence in error.complaints:
            complain(sentence)
    except (CommandError, Refused, Stuck, Unavailable) as error:
        complain(str(error))
    return 1


async def _done(place: Place, asked: argparse.Namespace) -> int:
    return await COMMANDS[asked.command](place, asked)


async def _adding(place: Place, asked: argparse.Namespace) -> int:
    names = ("name", "vendor", "tenant", "time_zone", "channel", "speaks_for", "allow_from", "interaction_prefix")
    given = {name: getattr(asked, name) for name in (*names, "signature")}
    entry = {name: value for name, value in given.items() if value is not None}
    if asked.tenant == DEFAULT_TENANT:
        del entry["tenant"]
    if asked.option:
        entry["options"] = dict(asked.option)
    wish = add.Wish(
        entry,
        api=asked.api,
        public_url=asked.public_url,
        secret_given=asked.secret_from_stdin,
        token_given=asked.token_from_stdin,
        with_key=not asked.no_key,
    )
    return await add.add(place, wish)


async def _listing(place: Place, asked: argparse.Namespace) -> int:
    return await listing.list_(place, as_json=asked.json)


async def _rotating(place: Place, asked: argparse.Namespace) -> int:
    return await rotate.rotate(
        place, asked.name, overlap=asked.overlap, given=asked.secret_from_stdin, drop_old=asked.drop_old
    )


async def _revoking(place: Place, asked: argparse.Namespace) -> int:
    return await rotate.revoke(place, asked.name, asked.key)


async def _parked(place: Place, asked: argparse.Namespace) -> int:
    return await parked.parked_(place, asked.name, let_go=asked.release, id_=asked.id)


async def _checking(place: Place, asked: argparse.Namespace) -> int:
    headers = dict(asked.header)
    request = check.Request(
        sys.stdin.buffer.read(),
        asked.content_type or headers.get("content-type"),
        headers,
        asked.url,
        asked.now or datetime.now(UTC),
    )
    return await check.check(place, asked.name, request, as_json=asked.json)


COMMANDS: Mapping[str, Command] = {
    "add": _adding,
    "list": _listing,
    "rotate": _rotating,
    "revoke": _revoking,
    "check": _checking,
    "parked": _parked,
}
