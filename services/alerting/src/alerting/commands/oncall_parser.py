"""The command line of ``oncall``: which words it takes."""

import argparse
from pathlib import Path
from typing import Any
from uuid import UUID

EXAMPLES = """examples:
  amends oncall now
  amends oncall schedule recovery --from 2026-03-02T00:00 --to 2026-03-09T00:00
  amends oncall override add recovery ravi --to 2026-03-02T18:00 --note "Dana is ill."
  amends oncall override add recovery dana --off --from 2026-03-05T00:00 --to 2026-03-08T00:00
  amends oncall override end 0b9e4c1e-7c1f-4a43-9a56-4f3c3d1c6f10
  amends oncall link add --person dana
  amends oncall check oncall.yaml

A time without an offset is by the clocks of the schedule. ALERTING_ONCALL_FILE and DATABASE_URL as for the service; the
page docs/oncall.md has all of it.
"""


def build() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amends oncall",
        description="Who is on call, and changing that by hand.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _asking(commands)
    _overriding(_group(commands, "override", "Put somebody on call, or take somebody off, for a while."))
    _linking(_group(commands, "link", "Links by which calendars read our shifts."))
    check = _command(commands, "check", "Check an on-call file, and show who would be on call. Needs no database.")
    check.add_argument("file", metavar="FILE", type=Path)
    return parser


def _asking(commands: Any) -> None:
    now = _command(commands, "now", "Who is on call now, until when, and who is next.")
    schedule = _command(commands, "schedule", "The shifts of a schedule.")
    schedule.add_argument("schedule", metavar="SCHEDULE")
    schedule.add_argument("--from", dest="start", metavar="TIME", help="left out: now")
    schedule.add_argument("--to", dest="end", metavar="TIME", help="left out: 14 days later")
    gaps = _command(commands, "gaps", "When nobody is on call in the next 14 days, and how the calendars stand.")
    for each in (now, schedule, gaps):
        _tenant(each)
        each.add_argument("--json", action="store_true")


def _overriding(commands: Any) -> None:
    add = _command(commands, "add", "Make an override; it begins now at the earliest.")
    add.add_argument("schedule", metavar="SCHEDULE")
    add.add_argument("person", metavar="PERSON", help="an id of the on-call file")
    add.add_argument("--from", dest="start", metavar="TIME", help="left out: now")
    add.add_argument("--to", dest="end", metavar="TIME", required=True)
    add.add_argument("--layer", type=int, metavar="NUMBER", help="left out: 1, with --off every layer")
    add.add_argument("--off", action="store_true", help="this person is not on call, instead of is")
    add.add_argument("--note")
    end = _command(commands, "end", "End an override, from now on.")
    end.add_argument("id", metavar="ID", type=UUID, help="as override list shows it")
    list_ = _command(commands, "list", "List the overrides, the newest first.")
    list_.add_argument("--past", action="store_true", help="also those that are over")
    _made_by(add, end)
    for each in (add, end, list_):
        _tenant(each)
        each.add_argument("--json", action="store_true")


def _linking(commands: Any) -> None:
    add = _command(commands, "add", "Make a link, and print the address to subscribe to. It is shown this once.")
    whose = add.add_mutually_exclusive_group(required=True)
    whose.add_argument("--schedule", metavar="SCHEDULE")
    whose.add_argument("--person", metavar="PERSON")
    revoke = _command(commands, "revoke", "Revoke a link: from now on it opens nothing.")
    revoke.add_argument("id", metavar="ID", help="as link list shows it")
    list_ = _command(commands, "list", "List the links, the newest first.")
    _made_by(add, revoke)
    for each in (add, revoke, list_):
        _tenant(each)
        each.add_argument("--json", action="store_true")


def _group(commands: Any, name: str, does: str) -> Any:
    parser = _command(commands, name, does)
    return parser.add_subparsers(dest="action", metavar="ACTION", required=True)


def _command(commands: Any, name: str, does: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=does, description=does, allow_abbrev=False)
    return parser


def _made_by(*parsers: argparse.ArgumentParser) -> None:
    for parser in parsers:
        parser.add_argument("--by", metavar="NAME", help="who asks for it; left out: the account that runs this")


def _tenant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", metavar="TENANT", help="left out: that of ALERTING_DESK_TENANT, else default")
