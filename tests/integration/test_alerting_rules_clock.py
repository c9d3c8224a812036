"""Rules that a clock fires, on a real PostgreSQL: promised calls, and teams whose CSAT drops."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.rules.policy import Policy
from alerting.store.case_view import CaseDetail
from alerting.store.views import Views
from alerting.telemetry import CaseTelemetry
from alerting.watching import Watcher
from events.runtime.database import transaction
from support.alerting_member import Member, answered, event, opening, reported
from support.alerting_schema import migrated
from support.until import until

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SOON = {"rules": {"call_back_missed": {"minutes": 10}}}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


def watcher(engine: AsyncEngine, **document: Any) -> Watcher:
    policy = Policy.model_validate(document or SOON)
    return Watcher(engine, policy, opening(), CaseTelemetry(CollectorRegistry()))


def member(engine: AsyncEngine, **document: Any) -> Member:
    return Member(engine, 0, policy=Policy.model_validate(document or SOON))


async def every_case(engine: AsyncEngine) -> list[CaseDetail]:
    views = Views(engine)
    page = await views.page("default", state=None, after=None, limit=100)
    return [found for case in page if (found := await views.one("default", case.id)) is not None]


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with transaction(engine) as tx:
        return [tuple(row) for row in await tx.execute(text(query))]


def promised(ago: timedelta = 15 * MINUTE, **changes: Any) -> Any:
    at = datetime.now(UTC) - ago
    return event(reported(offered_at=at, answered_at=None, talk_seconds=None, callback_queued=True, **changes))


async def test_a_promised_call_that_nobody_made_opens_one_case_when_its_time_is_over(engine: AsyncEngine) -> None:
    await member(engine).take(promised())
    assert await every_case(engine) == []
    assert [await watcher(engine).look_at_promises() for _ in range(2)] == [1, 0]
    (found,) = await every_case(engine)
    case = found.case
    assert (case.reason, case.play, case.interaction_id, case.customer_id) == (
        "call_back_missed",
        "call_back",
        "call-1",
        "cus-1",
    )
    assert len(found.notifications) == 2
    await member_again(engine).take(promised(revision=2))
    assert await watcher(engine).look_at_promises() == 0
    assert len(await every_case(engine)) == 1


def member_again(engine: AsyncEngine) -> Member:
    return Member(engine, 1, policy=Policy.model_validate(SOON))


async def test_before_its_time_nobody_looks(engine: AsyncEngine) -> None:
    await member(engine).take(promised(5 * MINUTE))
    assert await watcher(engine).look_at_promises() == 0
    assert len(await rows(engine, "SELECT interaction_id FROM watch")) == 1


def called(ago: timedelta, **changes: Any) -> Any:
    at = datetime.now(UTC) - ago
    said = {"interaction_id": "call-2", "direction": "outbound", "offered_at": at, "answered_at": at}
    return event(reported(**{**said, **changes}))


KEPT = {
    "another contact": lambda: called(5 * MINUTE),
    "the same contact": lambda: called(
        5 * MINUTE, interaction_id="call-1", revision=2, offered_at=datetime.now(UTC) - 20 * MINUTE
    ),
    "taken back": lambda: event(reported(revision=2, answered_at=None, callback_queued=False)),
}


@pytest.mark.parametrize("since", KEPT)
@pytest.mark.parametrize("promise_first", [True, False])
async def test_a_promise_that_was_kept_or_taken_back_opens_nothing(
    engine: AsyncEngine, since: str, promise_first: bool
) -> None:
    told = [promised(), KEPT[since]()]
    one = member(engine)
    for each in told if promise_first else reversed(told):
        await one.take(each)
    await watcher(engine).look_at_promises()
    assert await every_case(engine) == []


NOT_KEPT = {
    "another customer": lambda: called(5 * MINUTE, customer_id="cus-2"),
    "before the promise": lambda: called(20 * MINUTE),
    "nobody answered": lambda: called(5 * MINUTE, answered_at=None),
    "nobody knows whose": lambda: called(5 * MINUTE, customer_id=None),
}


@pytest.mark.parametrize("since", NOT_KEPT)
async def test_nothing_else_keeps_a_promise(engine: AsyncEngine, since: str) -> None:
    await member(engine).take(promised(), NOT_KEPT[since]())
    await watcher(engine).look_at_promises()
    assert [found.case.reason for found in await every_case(engine)] == ["call_back_missed"]


async def test_an_old_promise_is_not_watched_and_one_found_long_after_its_time_tells_nobody(
    engine: AsyncEngine,
) -> None:
    one = member(engine)
    await one.take(promised(3 * HOUR))
    assert await rows(engine, "SELECT interaction_id FROM watch") == []
    await one.take(promised(interaction_id="call-3"))
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE watch SET due_at = now() - interval '61 minutes'"))
    assert await watcher(engine).look_at_promises() == 1
    assert await every_case(engine) == []
    verdicts = await rows(engine, "SELECT verdict FROM contact WHERE interaction_id = 'call-3'")
    assert verdicts == [("suppressed_stale",)]


async def test_a_promise_may_matter_for_some_customers_only(engine: AsyncEngine) -> None:
    only = {"rules": {"call_back_missed": {"minutes": 10, "tiers": ["gold"]}}}
    one = member(engine, **only)
    await one.take(promised(customer_tier="gold"), promised(interaction_id="call-2", customer_id="cus-2"))
    await watcher(engine, **only).look_at_promises()
    assert [found.case.interaction_id for found in await every_case(engine)] == ["call-1"]


async def test_watchers_racing_open_one_case_a_promise(engine: AsyncEngine) -> None:
    told = [promised(interaction_id=f"call-{n}", customer_id=f"cus-{n}") for n in range(250)]
    await member(engine).take(*told)
    looked = await asyncio.gather(*(watcher(engine).look_at_promises() for _ in range(4)))
    while await watcher(engine).look_at_promises():
        continue
    assert sum(looked) >= 100
    assert await rows(engine, "SELECT count(*), count(DISTINCT interaction_id) FROM recovery_case") == [(250, 250)]
    assert await rows(engine, "SELECT interaction_id FROM watch") == []


async def test_it_runs_by_itself_until_it_is_stopped(engine: AsyncEngine) -> None:
    await member(engine).take(promised())
    stop = asyncio.Event()
    running = asyncio.create_task(watcher(engine).run(stop))

    async def opened() -> bool:
        return bool(await every_case(engine))

    try:
        await until(opened, "a case is open")
    finally:
        stop.set()
        await running


async def scored(engine: AsyncEngine, team: str, good: int, bad: int, ago: timedelta, name: str) -> None:
    """CSAT answers as they stand in the table."""
    async with transaction(engine) as tx:
        await tx.execute(
            text(
                "INSERT INTO assessment (tenant, kind, answer_id, version, occurred_at, recorded_at, instrument, scale,"
                " score, team, event_id, event_source)"
                " SELECT 'default', 'survey', :name || n, 0, :at, :at, 'csat', '1-5',"
                " to_jsonb(CASE WHEN n <= :good THEN 5 ELSE 1 END), :team, 'e', '/s'"
                " FROM generate_series(1, CAST(:all AS int)) AS n"
            ),
            {"name": name, "at": datetime.now(UTC) - ago, "good": good, "all": good + bad, "team": team},
        )


INCIDENTS = "SELECT dimension, key, state, title FROM incident ORDER BY opened_at"


async def test_a_drop_of_a_teams_csat_opens_one_incident_until_somebody_has_looked(engine: AsyncEngine) -> None:
    await scored(engine, "billing", 800, 200, timedelta(days=9), "b")
    await scored(engine, "billing", 30, 30, HOUR, "n")
    await scored(engine, "sales", 800, 200, timedelta(days=9), "sb")
    await scored(engine, "sales", 48, 12, HOUR, "sn")
    await scored(engine, "new", 0, 60, HOUR, "new")
    await scored(engine, "small", 800, 200, timedelta(days=9), "lb")
    await scored(engine, "small", 0, 29, HOUR, "ln")
    one = watcher(engine, rules={"team_csat_drop": {"owner": "maria"}})
    assert [await one.look_at_teams() for _ in range(2)] == [1, 0]
    title = "CSAT of billing fell: 50% of 60 answers in the last 24 hours, 80% of 1000 before"
    assert await rows(engine, INCIDENTS) == [("team_csat", "billing", "open", title)]
    assert await rows(engine, "SELECT owner FROM incident") == [("maria",)]
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE incident SET state = 'closed', closed_at = now()"))
    assert await one.look_at_teams() == 0
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE incident SET closed_at = now() - interval '25 hours'"))
    assert await one.look_at_teams() == 1
    assert await every_case(engine) == []


async def test_the_contacts_own_team_counts_and_teams_may_have_hours_of_their_own(engine: AsyncEngine) -> None:
    await scored(engine, "as the tool says", 800, 200, timedelta(days=9), "b")
    await scored(engine, "as the tool says", 30, 30, 3 * HOUR, "n")
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE assessment SET interaction_id = answer_id"))
        await tx.execute(
            text("INSERT INTO contact (tenant, interaction_id, team) SELECT tenant, answer_id, 'care' FROM assessment")
        )
    short = {"teams": ["care"], "rules": {"team_csat_drop": {"hours": 2}}}
    off = {"teams": ["care"], "rules": {"team_csat_drop": {"enabled": False}}}
    assert await watcher(engine, overrides=[short]).look_at_teams() == 0
    assert await watcher(engine, overrides=[off]).look_at_teams() == 0
    assert await watcher(engine, fresh_minutes=60).look_at_teams() == 1
    assert [row[1] for row in await rows(engine, INCIDENTS)] == ["care"]


async def test_many_watchers_open_one_incident(engine: AsyncEngine) -> None:
    await scored(engine, "billing", 800, 200, timedelta(days=9), "b")
    await scored(engine, "billing", 30, 30, HOUR, "n")
    opened = await asyncio.gather(*(watcher(engine).look_at_teams() for _ in range(4)))
    assert sum(opened) == 1


async def test_answers_come_to_a_team_through_the_handler(engine: AsyncEngine) -> None:
    await scored(engine, "billing", 800, 200, timedelta(days=9), "b")
    told = [
        event(answered(5 if n % 2 else 3, response_id=f"r-{n}", interaction_id=None, customer_id=None, team="billing"))
        for n in range(60)
    ]
    await member(engine).take(*told)
    assert await watcher(engine).look_at_teams() == 1
