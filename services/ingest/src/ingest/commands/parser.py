"""The command line of ``source``: which words it takes, and what each of them means."""

import argparse
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from events.envelope import DEFAULT_TENANT
from events.problems import Invalid
from events.runtime import plain_yaml
from events.vocabulary import CHANNELS, parse_instant
from ingest.core.signing_schemes import SCHEMES
from ingest.store.keys import OVERLAP
from ingest.vendors.vendor import Vendor

EXAMPLES = """examples:
  amends source add shop --vendor typeform
  amends source add pbx --vendor asterisk --time-zone Europe/Berlin
  amends source add crm --vendor salesforce --allow-from 192.0.2.0/24 --option organization_id=00D000000000001EAA
  amends source list
  amends source rotate shop
  amends source check shop --header 'Typeform-Signature: sha256=…' < payload.json

INGEST_SOURCES_FILE, INGEST_SECRETS_DIR and DATABASE_URL as for the service; the page docs/sources.md has all of it.
"""


def build(vendors: Mapping[str, Vendor]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amends source",
        description="The systems that post to ingest: add them, list them, renew their secrets, try their payloads.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for define in (_add, _list, _rotate, _revoke, _check, _parked):
        define(commands, vendors)
    return parser


def _command(commands: Any, name: str, does: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=does, description=does, allow_abbrev=False)
    parser.set_defaults(command=name)
    return parser


def _add(commands: Any, vendors: Mapping[str, Vendor]) -> None:
    parser = _command(commands, "add", "Add a source, with its secret or API key, and say what to do next.")
    parser.add_argument("name", metavar="NAME", help="lower-case letters, digits and hyphens; it stands in the URL")
    parser.add_argument("--vendor", required=True, choices=sorted(vendors), metavar="VENDOR", help=", ".join(vendors))
    parser.add_argument("--tenant", default=DEFAULT_TENANT, help="whose events they are")
    parser.add_argument("--time-zone", help="for times without an offset, such as Europe/Berlin")
    parser.add_argument("--channel", choices=CHANNELS, help="where the payload doesn't say")
    parser.add_argument("--speaks-for", action="append", metavar="SOURCE", help="a CloudEvents source; may be repeated")
    parser.add_argument("--allow-from", action="append", metavar="NETWORK", help="where it may post from; repeatable")
    parser.add_argument("--interaction-prefix", metavar="PREFIX", help="put before the vendor's contact ids")
    parser.add_argument("--signature", choices=sorted(SCHEMES), help="for vendor generic: how it signs")
    parser.add_argument(
        "--option",
        type=_option,
        action="append",
        metavar="KEY=VALUE",
        help="one of the vendor's own options; repeatable",
    )
    parser.add_argument("--api", metavar="URL", help="where to fetch what the vendor only announces")
    parser.add_argument("--public-url", metavar="URL", help="how ingest is reached; written at the top of the file")
    parser.add_argument("--secret-from-stdin", action="store_true", help="a line with the vendor's signing secret")
    parser.add_argument("--token-from-stdin", action="store_true", help="a line with the API's token, after the secret")
    parser.add_argument("--no-key", action="store_true", help="make no API key: it has one in API_KEYS_FILE")


def _list(commands: Any, _: Mapping[str, Vendor]) -> None:
    parser = _command(commands, "list", "List the sources, how they prove themselves, and their keys.")
    parser.add_argument("--json", action="store_true")


def _rotate(commands: Any, _: Mapping[str, Vendor]) -> None:
    parser = _command(commands, "rotate", "Give a source a new API key or signing secret beside the old.")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--overlap", type=_duration, default=OVERLAP, metavar="TIME", help="how long the old key goes on: 30m, 24h, 7d"
    )
    parser.add_argument("--secret-from-stdin", action="store_true", help="a line with the vendor's new signing secret")
    parser.add_argument(
        "--drop-old", action="store_true", help="take the old signing secrets away, and make no new one"
    )


def _revoke(commands: Any, _: Mapping[str, Vendor]) -> None:
    parser = _command(commands, "revoke", "End a source's API keys, all of them or one, at once.")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("key", metavar="KEY_ID", nargs="?", help="as source list shows it; left out: all")


def _check(commands: Any, _: Mapping[str, Vendor]) -> None:
    does = "Explain what a payload on standard input would become, or why it would be refused. It shows its content."
    parser = _command(commands, "check", does)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--content-type", metavar="TYPE", help="left out: the vendor's usual one")
    parser.add_argument(
        "--header",
        type=_header,
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="one it came with; repeatable",
    )
    parser.add_argument("--url", help="the one its sender called, with its query, where that is signed")
    parser.add_argument("--now", type=_moment, metavar="TIME", help="our clock, such as 2026-03-01T09:30:00Z")
    parser.add_argument("--json", action="store_true")


def _parked(commands: Any, _: Mapping[str, Vendor]) -> None:
    parser = _command(commands, "parked", "Show what could not be fetched from the vendor, or have it tried again.")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--release", action="store_true", help="try again: one thing, or all, and what waits, at once")
    parser.add_argument("id", metavar="ID", nargs="?", help="with --release: this thing alone")


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,4})([mhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError("must be a number and m, h or d, such as 24h")
    return timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[found[2]]: int(found[1])})


def _option(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError("must be a key, an equals sign and a value")
    try:
        return key, plain_yaml.loads(value)
    except Invalid:
        raise argparse.ArgumentTypeError("has a value that is not YAML") from None


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (name.strip() and colon):
        raise argparse.ArgumentTypeError("must be a name, a colon and a value")
    return name.strip().lower(), value.strip()


def _moment(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
