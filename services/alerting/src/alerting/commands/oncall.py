"""``oncall``: who is on call, the gaps, overrides, links for calendars, and checking the on-call file."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerting import oncall_file
from alerting.commands import oncall_changing as changing
from alerting.commands import oncall_parser
from alerting.commands import oncall_printed as printed
from alerting.commands.oncall_desk import CommandError, Desk, moment
from alerting.core.oncall.schedule import Calendar
from alerting.core.oncall.shifts import LAST, span_complaint
from alerting.oncall_feeds.addresses import addresses
from alerting.oncall_file import Plan
from alerting.store import oncall
from alerting.store.oncall_views import OncallViews
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.envelope import DEFAULT_TENANT
from events.problems import Invalid
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Stuck, Unavailable
from events.runtime.migrate import require_schema

AHEAD = timedelta(days=14)


def execute(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Returns 0: done, 1: it failed, 2: the command line makes no sense."""
    try:
        asked = oncall_parser.build().parse_args(arguments)
    except SystemExit as error:  # argparse has said why, or shown the help
        return int(error.code or 0)
    try:
        if asked.command == "check":
            _check(asked.file)
        else:
            asyncio.run(_done(asked, environ))
    except (CommandError, Invalid, Stuck, Unavailable) as error:
        printed.complain(str(error))
        return 1
    return 0


async def _done(asked: argparse.Namespace, environ: Mapping[str, str]) -> None:
    if not (url := environ.get("DATABASE_URL")):
        raise CommandError("DATABASE_URL is not set: overrides and calendars are kept in PostgreSQL")
    plan = _plan(Path(environ["ALERTING_ONCALL_FILE"])) if environ.get("ALERTING_ONCALL_FILE") else None
    if plan is None:
        raise CommandError("ALERTING_ONCALL_FILE is not set: it names the on-call file, as for the service")
    tenant = asked.tenant or environ.get("ALERTING_DESK_TENANT") or DEFAULT_TENANT
    public_url = environ.get("ALERTING_PUBLIC_URL", "http://127.0.0.1:8082").rstrip("/")
    engine = create_engine(url, SCHEMA, pool_size=1)
    try:
        await require_schema(engine, SCHEMA, MIGRATIONS)
        async with transaction(engine) as tx:
            views = OncallViews(plan.schedules, plan.people)
            desk = Desk(tx, tenant, views, await oncall.clock(tx), public_url)
            await _COMMANDS[asked.command, getattr(asked, "action", None)](desk, asked)
    finally:
        await engine.dispose()


def _plan(path: Path) -> Plan:
    try:
        return oncall_file.read(path)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _check(path: Path) -> None:
    """By this machine's clock: nothing is decided by it."""
    plan = _plan(path)
    addresses(plan.schedules)
    printed.say(f"{path.name} is an on-call file: people {len(plan.people)}, schedules {len(plan.schedules)}")
    views, now = OncallViews(plan.schedules, plan.people), datetime.now(UTC)
    printed.now(views.planned(now))
    if any(isinstance(layer, Calendar) for schedule in plan.schedules.values() for layer in schedule.layers):
        printed.say("calendars and overrides are not looked at here: amends oncall now does")


async def _now(desk: Desk, asked: argparse.Namespace) -> None:
    found = await desk.views.now(desk.tx, desk.tenant, desk.now)
    printed.as_json(found) if asked.json else printed.now(found)


async def _schedule(desk: Desk, asked: argparse.Namespace) -> None:
    schedule = desk.schedule(asked.schedule)
    start = moment(asked.start, schedule) if asked.start else desk.now
    end = moment(asked.end, schedule) if asked.end else min(start, LAST) + AHEAD
    if complaint := span_complaint(start, end):
        raise CommandError(f"--to {complaint}")
    found = await desk.views.shifts(desk.tx, desk.tenant, schedule, start, end)
    printed.as_json(found) if asked.json else printed.shifts(found)


async def _gaps(desk: Desk, asked: argparse.Namespace) -> None:
    found = await desk.views.gaps(desk.tx, desk.tenant, desk.now, desk.now + AHEAD)
    if asked.json:
        printed.as_json(found)
        return
    printed.gaps(found, desk.zones)
    printed.calendars(await desk.views.calendars(desk.tx))


_COMMANDS: Mapping[tuple[str, str | None], Callable[[Desk, argparse.Namespace], Awaitable[None]]] = {
    ("now", None): _now,
    ("schedule", None): _schedule,
    ("gaps", None): _gaps,
    ("override", "add"): changing.override,
    ("override", "end"): changing.end_override,
    ("override", "list"): changing.overrides,
    ("link", "add"): changing.link,
    ("link", "revoke"): changing.revoke_link,
    ("link", "list"): changing.links,
}
