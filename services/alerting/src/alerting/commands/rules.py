"""``rules``: check a rules file, and try one on what happened in the last days. Changes nothing."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting import rules_file
from alerting.commands.rules_tried import Trial
from alerting.core.tryout import Tally, Tried, tally
from alerting.store import tryout
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.envelope import DEFAULT_TENANT
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Stuck, Unavailable
from events.runtime.migrate import require_schema

MOST_DAYS = 60

EXAMPLES = """examples:
  amends rules check rules.yaml
  amends rules test --rules rules.yaml --days 14

test reads the answers and contacts in the database of alerting, judges them by the rules file, and says what would have
asked for a case beside what did. DATABASE_URL as for the service; without --rules, ALERTING_RULES_FILE, else the
defaults. The page docs/rules.md has all of it.
"""


def execute(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Returns 0: done, 1: the file is wrong or the database away, 2: the command line makes no sense."""
    try:
        asked = _parser().parse_args(arguments)
    except SystemExit as error:  # argparse has said why, or shown the help
        return int(error.code or 0)
    try:
        if asked.command == "check":
            rules_file.read(asked.file)
            sys.stdout.write(f"{asked.file.name} is a rules file\n")
            return 0
        return asyncio.run(_test(asked, environ))
    except (ValueError, Stuck, Unavailable) as error:
        sys.stderr.write(f"amends rules: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amends rules",
        description="The rules by which cases open.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    check = commands.add_parser("check", help="Say whether a file is a rules file.", allow_abbrev=False)
    check.add_argument("file", type=Path, metavar="FILE")
    test = commands.add_parser("test", help="Try rules on the last days, without a change.", allow_abbrev=False)
    test.add_argument("--days", type=_days, default=7, metavar="N", help=f"1 to {MOST_DAYS}; left out: 7")
    test.add_argument("--rules", type=Path, metavar="FILE", help="left out: the rules that are in use")
    test.add_argument("--tenant", default=DEFAULT_TENANT, help="whose answers and contacts")
    test.add_argument("--json", action="store_true", help="for programs")
    return parser


def _days(said: str) -> int:
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST_DAYS}")
    return int(said)


async def _test(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    in_use = environ.get("ALERTING_RULES_FILE")
    policy = rules_file.read(asked.rules or (Path(in_use) if in_use else None))
    url = environ.get("DATABASE_URL")
    if not url:
        raise Stuck("DATABASE_URL is missing: the database of alerting")
    engine = create_engine(url, SCHEMA)
    try:
        await require_schema(engine, SCHEMA, MIGRATIONS)
        async with transaction(engine) as tx:
            await tryout.read_only(tx)
            now = await tx.scalar(text("SELECT now()"))
            seen, fired = await _try(tx, Trial(policy, asked.tenant, timedelta(days=asked.days), now))
    finally:
        await engine.dispose()
    heading = {"tenant": asked.tenant, "from": now - timedelta(days=asked.days), "to": now, **seen}
    found = tally(fired)
    sys.stdout.write(_document(heading, found) if asked.json else _page(heading, found))
    return 0


async def _try(tx: AsyncConnection, trial: Trial) -> tuple[dict[str, int], list[Tried]]:
    """How much was looked at, and those that fired or would."""
    seen, fired = {"answers": 0, "contacts": 0}, await trial.teams(tx)
    for what, tried in (("answers", trial.answers(tx)), ("contacts", trial.contacts(tx))):
        async for one in tried:
            seen[what] += 1
            if one.did is not None or one.would is not None:
                fired.append(one)
    return seen, fired


def _document(heading: Mapping[str, Any], found: Mapping[str, Tally]) -> str:
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in heading.items()}
    return json.dumps({**told, "rules": {name: rule.shown() for name, rule in found.items()}}, indent=2) + "\n"


def _page(heading: Mapping[str, Any], found: Mapping[str, Tally]) -> str:
    moments = "{from:%Y-%m-%d %H:%M} to {to:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"{{answers}} answers and {{contacts}} contacts of {{tenant}}, {moments}".format(**heading),
        "",
        f"{'rule':<18}{'would':>8}{'did':>8}{'new':>8}{'gone':>8}{'cases':>8}",
    ]
    for name, rule in found.items():
        lines.append(f"{name:<18}{rule.would:>8}{rule.did:>8}{rule.new:>8}{rule.gone:>8}{len(rule.abouts):>8}")
    for name, rule in found.items():
        if rule.would:
            shown = rule.shown()
            lines += ["", name, f"  days      {_counts(shown['days'])}", f"  teams     {_counts(shown['teams'])}"]
            lines.append(f"  examples  {', '.join(rule.examples)}")
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in "\n".join(lines)) + "\n"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in list(counts.items())[:31])
