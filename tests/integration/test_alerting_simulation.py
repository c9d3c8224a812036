"""Thirty days of on call and escalation on the database's clock, over the days on which the clocks change, beside a
reference model that goes through them minute by minute."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from alerting.core.case import Claim, Close, Contact, Release
from alerting.core.duty import Duty
from alerting.core.escalation.policy import Policy, Step, Target
from alerting.core.oncall.rotation import Rotation
from alerting.core.oncall.schedule import Schedule
from alerting.core.people import Person, Quiet
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.hours.business import Hours, Opening
from events.runtime.database import transaction
from support import reference_escalation as reference
from support.moving_clock import MovingClock
from support.recovery import Recovery, pass_until

DAYS = 30
CASES = 120
ROUNDS, PAUSE = 2, 13
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NIGHT = Quiet(time(22), time(7))
DAYTIME = (Opening(8 * 60, 18 * 60),)
ROOM = Target("channel", "room")
POLICY = Policy(
    "default",
    (
        Step(timedelta(0), (Target("on_call", "recovery", 1),)),
        Step(timedelta(minutes=7), (Target("on_call", "recovery"),)),
        Step(timedelta(minutes=20), (Target("person", "boss"), ROOM), urgent=True),
    ),
    rounds=ROUNDS,
    pause=timedelta(minutes=PAUSE),
    fallback=(ROOM,),
    last_resort=(ROOM,),
)
STEPS = (
    reference.Step(0, lambda team, at: [team.first(at)], urgent=False),
    reference.Step(7, lambda team, at: [team.first(at), team.second(at)], urgent=False),
    reference.Step(20, lambda _, __: ["boss"], urgent=True, room=True),
)


def duty(zone: ZoneInfo, since: date) -> Duty:
    names = ("dana", "ravi", "mei", "omar", "boss")
    people = {
        name: Person(
            name, name.title(), zone, {"mail": f"{name}@example.org"}, NIGHT if name in ("ravi", "mei") else None
        )
        for name in names
    }
    week = (DAYTIME,) * 5 + ((), ())
    layers = (
        Rotation(("dana", "ravi", "mei"), timedelta(weeks=1), datetime.combine(since, time(9)), Hours(zone, week)),
        Rotation(("omar", "ravi"), timedelta(days=1), datetime.combine(since, time(20))),
    )
    return Duty(people, {"recovery": Schedule("recovery", zone, layers)}, {"default": POLICY}, shared=("room",))


def story(rng: random.Random, start: datetime) -> reference.Story:
    opened = start + timedelta(minutes=rng.randrange(DAYS * 24 * 60 - 24 * 60))
    match rng.randrange(6):
        case 0:
            return reference.Story(opened, None)
        case 1:
            return reference.Story(opened, rng.randrange(90), given_back_after=rng.randrange(1, 50))
        case 2:
            return reference.Story(opened, rng.randrange(90), lapses=True)
        case _:
            return reference.Story(opened, rng.randrange(300))


Act = tuple[datetime, int, str]


def acts(number: int, told: reference.Story) -> list[Act]:
    found: list[Act] = [(told.opened, number, "open")]
    if told.claimed_after is None:
        return found
    claimed = told.opened + told.claimed_after * reference.MINUTE + reference.HALF
    found.append((claimed, number, "claim"))
    if told.given_back_after is not None:
        back = claimed + told.given_back_after * reference.MINUTE
        found.append((back, number, "release"))
    elif told.lapses:
        back = claimed + reference.LEASE
    else:
        return [*found, (claimed + reference.MINUTE, number, "settle")]
    again = back + told.again_after * reference.MINUTE
    return [*found, (again, number, "claim"), (again + reference.HALF, number, "settle")]


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        (BERLIN, datetime(2026, 3, 16, tzinfo=UTC)),  # the clocks go forward on 29 March
        (BERLIN, datetime(2026, 10, 12, tzinfo=UTC)),  # and back on 25 October
        (NEW_YORK, datetime(2026, 10, 19, tzinfo=UTC)),
    ],
)
async def test_a_month_of_escalations_is_what_the_reference_model_says(
    database_url: str, zone: ZoneInfo, start: datetime
) -> None:
    rng = random.Random(start.toordinal())
    since = start.date()
    assert since.weekday() == 0
    stand_ins = [
        (person, start + timedelta(days=day, hours=3), start + timedelta(days=day, hours=30))
        for day, person in ((2, "omar"), (12, "boss"), (13, "mei"))
    ]
    team = reference.Team(zone, ("dana", "ravi", "mei"), since, ("omar", "ravi"), stand_ins, frozenset({"ravi", "mei"}))
    stories = [story(rng, start) for _ in range(CASES)]
    clock = MovingClock(database_url, SCHEMA)
    try:
        await clock.migrate(MIGRATIONS)
        await clock.set(start)
        desk = Recovery(clock.engine, duty(zone, since))
        await _stand_in(desk, stand_ins)
        await _live(clock, desk, sorted(act for n, each in enumerate(stories) for act in acts(n, each)), start)
        found = await _pages(desk)
    finally:
        await clock.close()
    end = start + timedelta(days=DAYS)
    for number, told in enumerate(stories):
        expected = reference.pages(told, team, STEPS, ROUNDS, PAUSE, end)
        assert sorted(found.get(f"call-{number}", [])) == expected, f"case {number}: {told}"
    assert sum(len(each) for each in found.values()) > 3 * CASES


async def _stand_in(desk: Recovery, stand_ins: list[tuple[str, datetime, datetime]]) -> None:
    async with transaction(desk.engine) as tx:
        for person, starts, ends in stand_ins:
            await tx.execute(
                text(
                    "INSERT INTO oncall_override (tenant, schedule, layer, person, effect, starts, ends, made_by)"
                    " VALUES ('default', 'recovery', 1, :person, 'on', :starts, :ends, 'test')"
                ),
                {"person": person, "starts": starts, "ends": ends},
            )


async def _live(clock: MovingClock, desk: Recovery, script: list[Act], start: datetime) -> None:
    """People act when the script says so, and the timekeeper looks whenever something is due."""
    for moment, number, act in [*script, (start + timedelta(days=DAYS) - reference.HALF, -1, "end")]:
        await pass_until(clock, desk, moment)
        case = desk.opened.get(f"call-{number}")
        if act == "open":
            await desk.open(f"call-{number}")
        elif act == "claim" and case:
            await desk.act(case, Claim)
        elif act == "release" and case:
            await desk.act(case, Release)
        elif act == "settle" and case:
            await desk.act(case, Contact)
            await desk.act(case, Close, outcome="recovered", cause="workflow", remedy="Refunded.")


async def _pages(desk: Recovery) -> dict[str, list[reference.Page]]:
    found: dict[str, list[reference.Page]] = {}
    rows = await desk.rows(
        "SELECT c.interaction_id, n.due_at, n.channel, n.person FROM notification n"
        " JOIN recovery_case c ON c.id = n.case_id WHERE n.what = 'page'"
    )
    for row in rows:
        found.setdefault(row["interaction_id"], []).append((row["due_at"], row["channel"], row["person"] or ""))
    return found
