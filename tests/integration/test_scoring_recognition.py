"""From answers to awards: real PostgreSQL, real receivers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from events.hours.business import Calendars
from events.runtime.database import transaction
from scoring.core.facts.customer import REPEAT_WINDOW
from scoring.core.metrics import METRICS
from scoring.core.recognition.plan import Plan, read
from scoring.handler import Handler
from scoring.recognition.awards import Awarder
from scoring.store import awards, lag, messages, outbox, turn
from scoring.store.awards import Award
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.happened import csat, event, interaction, stamp
from support.metrics import scoring_database
from support.until import until

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GRACE = 2 * HOUR
RULE: dict[str, Any] = {"name": "happiest", "title": "Happiest customers", "period": "day", "weights": {"csat": 1}}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


def plan(*rules: dict[str, Any], **said: Any) -> dict[str, Plan]:
    found = read({"rules": list(rules) or [RULE], **said}, METRICS)
    return {found.tenant: found}


async def apply(engine: AsyncEngine, *events: Event[Any]) -> None:
    async with transaction(engine) as tx:
        await Handler(Sums(0), Calendars())(tx, events)


async def answers(engine: AsyncEngine, at: datetime, /, tenant: str = "default", **agents: tuple[int, int]) -> None:
    """So many satisfied and dissatisfied customers of each agent."""
    said = [
        csat(value, None, f"{agent}-{at:%d%H}-{value}-{n}", agent=agent, submitted_at=stamp(at))
        for agent, counts in agents.items()
        for value, count in zip((5, 1), counts, strict=True)
        for n in range(count)
    ]
    await apply(engine, *(event("survey.answered", data, at=at, tenant=tenant) for data in said))


def awarder(engine: AsyncEngine, plans: dict[str, Plan], now: datetime) -> Awarder:
    return Awarder(engine, Panes(), plans, grace=GRACE, now=lambda: now)


async def awarded(engine: AsyncEngine, tenant: str = "default") -> list[Award]:
    async with transaction(engine) as tx:
        return await awards.recent(tx, tenant, MONDAY - 30 * DAY, 100)


async def told(engine: AsyncEngine) -> list[str]:
    async with transaction(engine) as tx:
        return [row.event_id for row in await tx.execute(text("SELECT event_id FROM outbox ORDER BY id"))]


async def test_the_day_is_awarded_once_with_the_numbers_that_earned_it(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(40, 2), bob=(12, 0), eve=(9, 0))
    job = awarder(engine, plan(), MONDAY + DAY + GRACE)
    await job.once()
    await job.once()
    [award] = await awarded(engine)
    assert (award.award_id, award.key, award.period) == ("happiest:2026-03-02:ann", "ann", "day")
    assert (award.start, award.end, award.shared) == (MONDAY, MONDAY + DAY, False)
    figure = award.figures["csat"]
    assert (figure.n, figure.value) == (42, pytest.approx(40 / 42))
    assert award.score == pytest.approx(figure.low)
    assert len(await told(engine)) == 1


async def test_nothing_is_awarded_before_the_grace_has_passed(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(40, 2))
    await awarder(engine, plan(), MONDAY + DAY + GRACE - timedelta(seconds=1)).once()
    assert await awarded(engine) == []


async def test_two_replicas_award_once(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(40, 2))
    now = MONDAY + DAY + GRACE
    await asyncio.gather(*(awarder(engine, plan(), now).once() for _ in range(6)))
    assert len(await awarded(engine)) == 1
    assert len(await told(engine)) == 1


async def test_a_job_is_one_replicas_until_its_transaction_ends(engine: AsyncEngine) -> None:
    async with transaction(engine) as one, transaction(engine) as other:
        assert await turn.mine(one, "awards")
        assert not await turn.mine(other, "awards")
        assert await turn.mine(other, "scorecards")
    async with transaction(engine) as other:
        assert await turn.mine(other, "awards")


async def test_a_period_is_closed_by_one_alone(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        closed = [await awards.close_round(tx, "default", name, MONDAY) for name in ("a", "a", "b")]
    assert closed == [True, False, True]


async def test_a_correction_afterwards_takes_no_award_back(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(20, 0), bob=(12, 0))
    await awarder(engine, plan(), MONDAY + DAY + GRACE).once()
    await answers(engine, MONDAY + 10 * HOUR, ann=(0, 30))
    await awarder(engine, plan(), MONDAY + DAY + GRACE + HOUR).once()
    assert [award.key for award in await awarded(engine)] == ["ann"]


async def test_equals_share_the_award_and_each_is_told_of(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(20, 1), bob=(20, 1))
    await awarder(engine, plan(), MONDAY + DAY + GRACE).once()
    assert [(award.key, award.shared) for award in await awarded(engine)] == [("ann", True), ("bob", True)]
    assert len(set(await told(engine))) == 2


async def test_a_day_nobody_qualified_in_is_closed(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(9, 0))
    await awarder(engine, plan(), MONDAY + DAY + GRACE).once()
    await answers(engine, MONDAY + 10 * HOUR, ann=(9, 0))
    await awarder(engine, plan(), MONDAY + DAY + GRACE).once()
    assert await awarded(engine) == []
    await awarder(engine, plan(RULE | {"name": "other"}), MONDAY + DAY + GRACE).once()
    assert [award.rule for award in await awarded(engine)] == ["other"]


async def test_a_day_of_which_nothing_is_known_may_yet_come(engine: AsyncEngine) -> None:
    await awarder(engine, plan(), MONDAY + DAY + GRACE).once()
    await answers(engine, MONDAY + 9 * HOUR, ann=(20, 0))
    await awarder(engine, plan(), MONDAY + DAY + GRACE).once()
    assert [award.key for award in await awarded(engine)] == ["ann"]


async def test_days_that_were_missed_are_made_up_for_but_a_new_rule_does_not_award_the_past(
    engine: AsyncEngine,
) -> None:
    for day in range(5):
        await answers(engine, MONDAY + day * DAY + 9 * HOUR, **{f"a{day}": (20, 0)})
    await awarder(engine, plan(), MONDAY + 2 * DAY + GRACE).once()
    await awarder(engine, plan(), MONDAY + 5 * DAY + GRACE).once()
    assert [award.key for award in await awarded(engine)] == ["a4", "a3", "a2", "a1"]


async def test_days_are_those_of_the_operators_clock_and_weeks_begin_on_monday(engine: AsyncEngine) -> None:
    weekly = RULE | {"name": "week", "period": "week"}
    await answers(engine, MONDAY - timedelta(minutes=30), ann=(20, 0))
    await answers(engine, MONDAY + 23 * HOUR + timedelta(minutes=30), bob=(40, 0))
    await awarder(engine, plan(RULE, weekly, time_zone="Europe/Berlin"), MONDAY + DAY + GRACE).once()
    [day] = await awarded(engine)
    assert (day.key, day.start) == ("ann", MONDAY - HOUR)
    await awarder(engine, plan(weekly, time_zone="Europe/Berlin"), MONDAY + 7 * DAY + GRACE).once()
    week = (await awarded(engine))[0]
    assert (week.rule, week.key, week.figures["csat"].n) == ("week", "bob", 40)


async def test_whether_customers_came_back_is_ranked_when_it_is_known(engine: AsyncEngine) -> None:
    """A contact of last Monday is settled this Monday, so this Monday's award counts it."""
    earlier = MONDAY + 9 * HOUR - REPEAT_WINDOW
    first, second = ({"offered_at": stamp(at), "answered_at": stamp(at)} for at in (earlier, earlier + DAY))
    contacts = [
        interaction(f"{agent}-{n}", agent=agent, customer_id=f"{agent}-{n}", resolved=True, **first)
        for agent in ("ann", "bob")
        for n in range(20)
    ]
    again = [interaction(f"again-{n}", customer_id=f"bob-{n}", **second) for n in range(5)]
    await apply(engine, *(event("interaction.reported", data, at=earlier + DAY) for data in contacts + again))
    rule = RULE | {"weights": {"fcr": 1}}
    await awarder(engine, plan(rule), MONDAY + DAY + GRACE).once()
    [award] = await awarded(engine)
    assert (award.key, award.figures["fcr"].n, award.figures["fcr"].value) == ("ann", 20, 1.0)
    async with transaction(engine) as tx:
        await tx.execute(text("DELETE FROM award_round"))
    await awarder(engine, plan(rule | {"name": "early"}), MONDAY + GRACE).once()
    assert len(await awarded(engine)) == 1


async def test_teams_compete_with_teams_and_tenants_do_not_see_each_other(engine: AsyncEngine) -> None:
    at = MONDAY + 9 * HOUR
    said = [csat(5, None, f"r{n}", team="billing", submitted_at=stamp(at)) for n in range(12)]
    await apply(engine, *(event("survey.answered", data, at=at, tenant="one") for data in said))
    await awarder(engine, plan(RULE | {"who": "team"}, tenant="one"), MONDAY + DAY + GRACE).once()
    assert [(award.dimension, award.key) for award in await awarded(engine, "one")] == [("team", "billing")]
    await awarder(engine, plan(RULE | {"who": "team"}, tenant="two"), MONDAY + DAY + GRACE).once()
    assert await awarded(engine, "two") == []


async def test_the_board_shows_how_the_day_and_the_week_stand(engine: AsyncEngine) -> None:
    weekly = RULE | {"name": "week", "period": "week"}
    await answers(engine, MONDAY + 9 * HOUR, ann=(40, 2), bob=(12, 0))
    await answers(engine, MONDAY + DAY + 9 * HOUR, bob=(30, 0), eve=(10, 0))
    await awarder(engine, plan(RULE, weekly), MONDAY + DAY + 10 * HOUR).once()
    async with transaction(engine) as tx:
        found = await awards.leaders(tx, "default")
    assert [(one.rule, one.rank, one.key) for one in found] == [
        ("happiest", 1, "bob"),
        ("happiest", 2, "eve"),
        ("week", 1, "bob"),
        ("week", 2, "ann"),
        ("week", 3, "eve"),
    ]
    assert found[2].figures["csat"].n == 42
    await awarder(engine, plan(weekly), MONDAY + 2 * DAY).once()
    async with transaction(engine) as tx:
        assert {one.rule for one in await awards.leaders(tx, "default")} == {"week"}


async def test_a_message_is_queued_for_each_destination_with_what_earned_it(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(40, 2))
    plans = plan(
        RULE | {"tell": ["floor", "hr"]}, destinations={"floor": "json://127.0.0.1", "hr": "json://127.0.0.1/hr"}
    )
    await awarder(engine, plans, MONDAY + DAY + GRACE).once()
    async with transaction(engine) as tx:
        found = await messages.claim(tx, 10, 60)
    assert sorted((message.route, message.name, message.title) for message in found) == [
        ("destination", "floor", "Happiest customers: ann"),
        ("destination", "hr", "Happiest customers: ann"),
    ]
    assert "(n = 42)" in found[0].body


async def test_nothing_is_awarded_while_old_events_are_still_applied(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(40, 2))
    now, job = datetime.now(UTC), awarder(engine, plan(), MONDAY + DAY + GRACE)
    async with transaction(engine) as tx:
        await lag.listen(tx, [event("survey.answered", csat(5), at=now - lag.OLD + timedelta(minutes=1))])
        assert not await lag.is_behind(tx)
        await lag.listen(tx, [event("survey.answered", csat(5), at=now - lag.OLD - timedelta(minutes=1))])
        assert await lag.is_behind(tx)
    await job.once()
    assert await awarded(engine) == []
    async with transaction(engine) as tx:
        assert await awards.leaders(tx, "default") == []
        await tx.execute(text("UPDATE catching_up SET seen_at = now() - interval '6 minutes'"))
    await job.once()
    assert len(await awarded(engine)) == 1


async def test_two_consumers_that_catch_up_do_not_wait_for_each_other(engine: AsyncEngine) -> None:
    old = [event("survey.answered", csat(5))]
    async with transaction(engine) as one, transaction(engine) as other:
        await lag.listen(one, old)
        await asyncio.wait_for(lag.listen(other, old), 5)


async def test_a_job_that_has_just_started_shows_how_it_stands_but_awards_nothing_yet(engine: AsyncEngine) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(40, 2))
    await answers(engine, MONDAY + DAY + HOUR, bob=(40, 2))
    stop = asyncio.Event()
    running = asyncio.create_task(awarder(engine, plan(), MONDAY + DAY + GRACE).run(stop))

    async def led() -> list[str]:
        async with transaction(engine) as tx:
            return [one.key for one in await awards.leaders(tx, "default")]

    assert await until(led, "the board shows who leads") == ["bob"]
    assert await awarded(engine) == []
    stop.set()
    await asyncio.wait_for(running, 30)


async def test_what_fails_half_way_awards_nothing(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    await answers(engine, MONDAY + 9 * HOUR, ann=(40, 2))
    job = awarder(engine, plan(), MONDAY + DAY + GRACE)

    async def broken(*_: Any) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "put", broken)
        with pytest.raises(RuntimeError):
            await job.once()
    assert await awarded(engine) == []
    await job.once()
    assert len(await awarded(engine)) == len(await told(engine)) == 1
