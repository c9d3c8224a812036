"""``oncall override`` and ``oncall link``: changes by hand, and who may read our calendars."""

import argparse

from alerting.commands import oncall_printed as printed
from alerting.commands.oncall_desk import CommandError, Desk, by, moment, valid
from alerting.core.oncall.asked import End, NewLink, NewOverride
from alerting.store import oncall_links, oncall_overrides
from events.problems import Invalid


async def override(desk: Desk, asked: argparse.Namespace) -> None:
    schedule = desk.schedule(asked.schedule)
    wanted = valid(
        NewOverride,
        by=by(asked),
        schedule=asked.schedule,
        person=asked.person,
        effect="off" if asked.off else "on",
        layer=asked.layer,
        starts=moment(asked.start, schedule) if asked.start else desk.now,
        ends=moment(asked.end, schedule),
        note=asked.note,
    )
    if problems := desk.views.complaints(wanted):
        raise Invalid(problems)
    found = await oncall_overrides.add(desk.tx, desk.tenant, wanted)
    if found is None:
        raise CommandError("--to is past")
    printed.as_json(found) if asked.json else printed.overrides([found], desk.zones)


async def end_override(desk: Desk, asked: argparse.Namespace) -> None:
    found = await oncall_overrides.end(desk.tx, desk.tenant, asked.id, valid(End, by=by(asked)).by)
    if found is None:
        raise CommandError("there is no such override; amends oncall override list shows them")
    printed.as_json(found) if asked.json else printed.overrides([found], desk.zones)


async def overrides(desk: Desk, asked: argparse.Namespace) -> None:
    found = await oncall_overrides.listed(desk.tx, desk.tenant, past=asked.past, limit=500)
    printed.as_json(found) if asked.json else printed.overrides(found, desk.zones)


async def link(desk: Desk, asked: argparse.Namespace) -> None:
    wanted = valid(NewLink, by=by(asked), schedule=asked.schedule, person=asked.person)
    if problems := desk.views.link_complaints(wanted):
        raise Invalid(problems)
    shown, link = await oncall_links.add(desk.tx, desk.tenant, wanted)
    address = f"{desk.public_url}{oncall_links.path(wanted, link)}"
    printed.as_json({"link": shown, "address": address}) if asked.json else printed.say(address)


async def revoke_link(desk: Desk, asked: argparse.Namespace) -> None:
    found = await oncall_links.revoke(desk.tx, desk.tenant, asked.id, valid(End, by=by(asked)).by)
    if found is None:
        raise CommandError("there is no such link; amends oncall link list shows them")
    printed.as_json(found) if asked.json else printed.links([found])


async def links(desk: Desk, asked: argparse.Namespace) -> None:
    found = await oncall_links.listed(desk.tx, desk.tenant)
    printed.as_json(found) if asked.json else printed.links(found)
