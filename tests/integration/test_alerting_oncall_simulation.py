"""Thirty days of on-call duty out of the database, against the reference model, over the day the clocks change."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.oncall.file import SchedulesSection
from alerting.core.oncall.ical_in import read
from alerting.core.oncall.schedule import Schedule, Shift
from alerting.store import oncall, oncall_calendars
from alerting.store.oncall_calendars import Feed
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from support.reference_oncall import MINUTE, WEEKDAYS, Change, Plan, Sheet, Turns, minute_by_minute

DAYS = timedelta(days=30)
EVERY = 60
"""Minutes between looks, away from the day the clocks change."""
SINCE = date(2026, 1, 5)
WORKDAYS = dict.fromkeys(WEEKDAYS[:5], (150, 1080))
ADD = text(
    "INSERT INTO oncall_override"
    " (id, tenant, schedule, layer, person, effect, starts, ends, made_by, ended_by, ended_at)"
    " VALUES (:id, :tenant, :schedule, :layer, :person, :effect, :starts, :ends, 'Dana', :ended_by, :ended_at)"
)


def schedule(zone: str) -> Schedule:
    layers = [
        {"rotation": ["dana", "ravi", "kofi"], "every": "day", "handover": "02:30", "since": "2026-01-05"},
        {
            "rotation": ["ravi", "maria"],
            "every": "week",
            "handover": "mon 09:00",
            "since": "2026-01-05",
            "hours": {"mon-fri": "02:30-18:00"},
        },
        {"calendar": {"url": "https://calendar.example.org/x.ics"}},
    ]
    return SchedulesSection.model_validate({"recovery": {"zone": zone, "layers": layers}}).value()["recovery"]


def nights(zone: str, first: date) -> tuple[bytes, Sheet]:
    """Maria has every night from 20:00 to 08:00, as a calendar says it, and as it stands on paper."""
    local = f"TZID={zone}"
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:1", "SUMMARY:maria",
        f"DTSTART;{local}:{first:%Y%m%d}T200000", f"DTEND;{local}:{first + timedelta(days=1):%Y%m%d}T080000",
        "RRULE:FREQ=DAILY", "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    place = ZoneInfo(zone)
    days = [first + timedelta(days=number) for number in range(40)]
    rows = [
        (
            "maria",
            datetime.combine(day, time(20), place),
            datetime.combine(day + timedelta(days=1), time(8), place),
        )
        for day in days
    ]
    return "\r\n".join(lines).encode(), Sheet(tuple(rows))


async def put(tx: AsyncConnection, layer: int, content: bytes, zone: str, at: datetime) -> None:
    """As the job does with what it has fetched."""
    feed = Feed("recovery", layer, "source", "reading")
    await oncall_calendars.take(tx, feed, timedelta(0))
    events = read(content, ZoneInfo(zone), at - timedelta(days=2), at + timedelta(days=40))
    shifts = [Shift(layer, each.summary, each.start, each.end, mark=each.mark) for each in events]
    await oncall_calendars.expand(tx, feed, at, shifts, [])


async def override(tx: AsyncConnection, change: Change, **more: Any) -> None:
    values = {
        "id": uuid.uuid4(), "tenant": "default", "schedule": "recovery", "layer": change.layer,
        "person": change.person, "effect": "on" if change.on else "off", "starts": change.start, "ends": change.end,
        "ended_by": None, "ended_at": None,
    }  # fmt: skip
    await tx.execute(ADD, {**values, **more})


@pytest.mark.parametrize(
    ("zone", "jump"),
    [
        ("Europe/Berlin", "2026-03-29T01:00Z"),
        ("America/New_York", "2026-11-01T06:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
        ("Africa/Cairo", "2026-10-29T21:00Z"),
    ],
)
async def test_thirty_days_of_duty_are_as_the_model_says(database_url: str, zone: str, jump: str) -> None:
    changed = datetime.fromisoformat(jump)
    start = changed - timedelta(days=15)
    content, paper = nights(zone, start.date() - timedelta(days=2))
    hour = timedelta(hours=1)
    changes = (
        Change("kofi", True, 1, changed - 1.5 * hour, changed + 0.75 * hour),
        Change("maria", False, None, changed - 30 * hour, changed + 20 * hour),
        Change("dana", True, 3, changed - 3 * hour, changed + 3 * hour),
        Change("dana", True, 1, start + 50 * hour, start + 60 * hour),
        Change("ravi", True, 1, start + 55 * hour, start + 58 * hour),
    )
    ended = Change("maria", True, 2, start + 100 * hour, start + 104 * hour)
    turns = (
        Turns(("dana", "ravi", "kofi"), datetime.combine(SINCE, time(2, 30)), timedelta(days=1)),
        Turns(("ravi", "maria"), datetime.combine(SINCE, time(9)), timedelta(weeks=1), WORKDAYS),
    )
    plan = Plan(zone, (*turns, paper), (*changes, ended))
    engine = create_engine(database_url, SCHEMA)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
        async with transaction(engine) as tx:
            await put(tx, 3, content, zone, start)
            for change in changes:
                await override(tx, change)
            await override(
                tx, Change("maria", True, 2, ended.start, ended.end + 9 * hour), ended_by="Ravi", ended_at=ended.end
            )
            never = Change("kofi", True, 1, start, start + DAYS)
            await override(tx, never, ended_by="Ravi", ended_at=start)  # before it began
            await override(tx, never, tenant="other")
            await override(tx, never, schedule="another")
            wanted = schedule(zone)
            expected = minute_by_minute(plan, start, start + DAYS)
            covered = await oncall.covered(tx, "default", wanted, start, start + DAYS)
            assert {
                each.start + number * MINUTE: tuple(frozenset(held.person for held in layer) for layer in each.layers)
                for each in covered
                for number in range((each.end - each.start) // MINUTE)
            } == dict(expected)
            for number, (at, people) in enumerate(expected):
                if number % EVERY and abs(at - changed) > 2 * hour:
                    continue
                found = await oncall.on_call(tx, "default", wanted, at)
                assert tuple(map(frozenset, found)) == people, at
    finally:
        await engine.dispose()
