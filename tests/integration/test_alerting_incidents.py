"""Systemic incidents, on a real PostgreSQL: opened once, told once, joined while they are open."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.bulletin import compose
from alerting.core.duty import Duty
from alerting.core.escalation.policy import Policy, Target
from alerting.core.incidents import CloseIncident, IncidentRule
from alerting.core.people import Person
from alerting.incident_watch import IncidentWatch
from alerting.store import incident_views, incidents
from alerting.store.incident_views import IncidentDetail, IncidentView
from alerting.store.leasing import Outbox
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from support.case_rows import MIGRATIONS, SCHEMA, add_case
from support.until import until

MINUTE = timedelta(minutes=1)
QUEUE = IncidentRule("queue", "team", 3, 30 * MINUTE, "maria")
MARIA = Person("maria", "Maria", ZoneInfo("UTC"), {"mail": "maria@example.org", "room": "U7"})
FALLBACK = Policy("default", (), fallback=(Target("channel", "room"),))
DUTY = Duty({"maria": MARIA}, policies={"default": FALLBACK}, shared=("room",))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    yield engine
    await engine.dispose()


def watch(engine: AsyncEngine, *rules: IncidentRule, duty: Duty = DUTY) -> IncidentWatch:
    return IncidentWatch(engine, rules or (QUEUE,), duty)


async def listed(engine: AsyncEngine, tenant: str = "default") -> list[IncidentView]:
    async with transaction(engine) as tx:
        return await incident_views.page(tx, tenant)


async def only(engine: AsyncEngine) -> IncidentDetail:
    (found,) = await listed(engine)
    async with transaction(engine) as tx:
        detail = await incident_views.one(tx, "default", found.id)
    assert detail is not None
    return detail


async def rows(engine: AsyncEngine, query: str, **values: Any) -> list[Any]:
    async with transaction(engine) as tx:
        return list((await tx.execute(text(query), values)).all())


async def close(engine: AsyncEngine, incident: UUID, closed_ago: timedelta = timedelta(0)) -> None:
    async with transaction(engine) as tx:
        assert await incidents.close(tx, "default", incident, CloseIncident(by="Maria", finding="A bad release."))
        aged = text("UPDATE incident SET closed_at = now() - CAST(:ago AS interval) WHERE id = :id")
        await tx.execute(aged, {"ago": closed_ago, "id": incident})


async def bad_answers(engine: AsyncEngine, count: int, **changes: Any) -> list[UUID]:
    return [await add_case(engine, **changes) for _ in range(count)]


async def test_enough_unhappy_customers_of_one_team_are_one_incident(engine: AsyncEngine) -> None:
    await bad_answers(engine, 2)
    await watch(engine).look()
    assert await listed(engine) == []
    await bad_answers(engine, 1)
    await bad_answers(engine, 2, team="sales")
    await watch(engine).look()
    found = await only(engine)
    assert (found.incident.dimension, found.incident.key, found.incident.owner) == ("team", "billing", "maria")
    assert found.incident.title == "3 unhappy customers in 1 min: team billing"
    assert {case.team for case in found.cases} == {"billing"}
    assert (found.incident.cases, found.incident.unsettled) == (3, 3)
    assert sum(minute.cases for minute in found.minutes) == 3


async def test_its_owner_is_told_once_wherever_they_are_reached(engine: AsyncEngine) -> None:
    await bad_answers(engine, 4)
    for _ in range(3):
        await watch(engine).look()
    told = await rows(engine, "SELECT channel, person, what, case_id, urgent FROM notification ORDER BY channel")
    assert [tuple(row) for row in told] == [
        ("mail", "maria", "incident", None, True),
        ("room", "maria", "incident", None, True),
    ]
    assert (await only(engine)).incident.told_at is not None


async def test_what_the_owner_reads_leads_to_the_incident(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    await watch(engine).look()
    (due,) = await Outbox(engine).claim("mail", 10)
    notice = compose(due.what, due.facts, "https://desk.example.org")
    incident = (await only(engine)).incident
    assert (due.person, notice.title) == ("maria", f"Incident: {incident.title}")
    assert notice.link == f"https://desk.example.org/desk/incidents/{incident.id}"


async def test_each_case_goes_on_beside_it(engine: AsyncEngine) -> None:
    cases = await bad_answers(engine, 3)
    before = await rows(engine, "SELECT id, state, version FROM recovery_case ORDER BY id")
    await watch(engine).look()
    assert await rows(engine, "SELECT id, state, version FROM recovery_case ORDER BY id") == before
    async with transaction(engine) as tx:
        linked = [await incident_views.of_case(tx, "default", case) for case in cases]
    assert [len(found) for found in linked] == [1, 1, 1]


async def test_later_cases_join_it_while_it_is_open(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    await watch(engine).look()
    await bad_answers(engine, 2)
    await bad_answers(engine, 1, team="sales")
    await bad_answers(engine, 1, tenant="other")
    await watch(engine).look()
    assert (await only(engine)).incident.cases == 5
    assert len(await rows(engine, "SELECT id FROM notification")) == 2


async def test_a_customer_counts_once(engine: AsyncEngine) -> None:
    await bad_answers(engine, 5, customer="cus-1")
    await bad_answers(engine, 1)
    await watch(engine).look()
    assert await listed(engine) == []


async def test_neither_praise_nor_strays_nor_old_cases_nor_another_tenant_count(engine: AsyncEngine) -> None:
    await bad_answers(engine, 2)
    await bad_answers(engine, 3, play="thank")
    await bad_answers(engine, 3, outcome="dismissed")
    await bad_answers(engine, 3, ago=31 * MINUTE)
    await bad_answers(engine, 2, tenant="other")
    await bad_answers(engine, 3, team=None)
    await watch(engine).look()
    assert await listed(engine) == await listed(engine, "other") == []


async def test_answers_that_waited_for_a_broker_count_by_when_they_came(engine: AsyncEngine) -> None:
    """After an outage an hour's cases open in one minute: that is no burst of unhappy customers."""
    for number in range(6):
        await add_case(engine, ago=number * 20 * MINUTE, opened_ago=timedelta(0))
    await watch(engine).look()
    assert await listed(engine) == []
    await add_case(engine, ago=95 * MINUTE, opened_ago=timedelta(0))
    await watch(engine).look()
    assert len(await listed(engine)) == 1


async def test_two_replicas_at_the_same_time_open_one(engine: AsyncEngine, database_url: str) -> None:
    """Both have counted before either opens; only the unique index is left to keep them apart."""
    await bad_answers(engine, 3)
    other = create_engine(database_url, SCHEMA)
    try:
        async with transaction(engine) as first, transaction(other) as second:
            opened = await incidents.open_where_due(first, QUEUE)
            racing = asyncio.ensure_future(incidents.open_where_due(second, QUEUE))
            await blocked(engine)
            await first.commit()
            assert (len(opened), await racing) == (1, [])
        await asyncio.gather(*(watch(one).look() for one in (engine, other) for _ in range(3)))
    finally:
        await other.dispose()
    assert (await only(engine)).incident.cases == 3
    assert len(await rows(engine, "SELECT id FROM notification")) == 2


async def blocked(engine: AsyncEngine) -> None:
    """Until some transaction waits for another one."""
    query = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    await until(lambda: rows(engine, query), "a transaction that waits")


async def test_after_closing_it_is_quiet_for_the_cool_down(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    await watch(engine).look()
    first = (await only(engine)).incident.id
    await close(engine, first)
    await bad_answers(engine, 3)
    await watch(engine).look()
    closed = (await only(engine)).incident
    assert (closed.state, closed.closed_by, closed.finding, closed.cases) == ("closed", "Maria", "A bad release.", 3)


async def test_after_the_cool_down_only_new_cases_open_a_new_one(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    await watch(engine).look()
    await close(engine, (await only(engine)).incident.id, closed_ago=61 * MINUTE)
    await bad_answers(engine, 2)
    await watch(engine).look()
    assert len(await listed(engine)) == 1
    await bad_answers(engine, 1)
    await watch(engine).look()
    assert [(found.state, found.cases) for found in await listed(engine)] == [("open", 3), ("closed", 3)]


async def test_it_is_closed_once(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    await watch(engine).look()
    incident = (await only(engine)).incident.id
    await close(engine, incident)
    async with transaction(engine) as tx:
        assert not await incidents.close(tx, "default", incident, CloseIncident(by="Ravi", finding="Something else."))
    assert (await only(engine)).incident.closed_by == "Maria"


async def test_of_another_tenant_nobody_closes_it(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    await watch(engine).look()
    incident = (await only(engine)).incident.id
    async with transaction(engine) as tx:
        assert not await incidents.close(tx, "other", incident, CloseIncident(by="Ravi", finding="Mine."))


async def test_the_job_looks_by_itself_and_ends_when_told(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    stop = asyncio.Event()
    job = asyncio.ensure_future(watch(engine).run(stop))
    await until(lambda: listed(engine), "an incident")
    stop.set()
    await asyncio.wait_for(job, 30)


@pytest.mark.parametrize(("by", "key"), [("team", "billing"), ("reason", "invoice"), ("channel", "phone")])
async def test_cases_may_share_team_reason_or_channel(engine: AsyncEngine, by: Any, key: str) -> None:
    await bad_answers(engine, 3)
    await watch(engine, replace(QUEUE, by=by)).look()
    found = (await only(engine)).incident
    assert (found.dimension, found.key) == (by, key)


async def test_cases_may_share_the_cause_that_people_chose(engine: AsyncEngine) -> None:
    closed = {"outcome": "recovered", "cause": "information_system", "ago": timedelta(hours=5)}
    await bad_answers(engine, 2, **closed, team="billing")
    await bad_answers(engine, 3, team="sales")
    rule = replace(QUEUE, by="cause")
    await watch(engine, rule).look()
    assert await listed(engine) == []
    await bad_answers(engine, 1, **closed, team="sales")
    await watch(engine, rule).look()
    found = await only(engine)
    assert found.incident.title == "3 unhappy customers in 1 min: cause information system"
    assert [(one.cause, one.cases) for one in found.causes] == [("information_system", 3)]


async def test_causes_chosen_long_ago_open_nothing(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3, outcome="recovered", cause="ivr", ago=timedelta(days=2), closed_ago=timedelta(days=1))
    await watch(engine, replace(QUEUE, by="cause")).look()
    assert await listed(engine) == []


async def test_a_rule_may_watch_only_some_teams(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3, team="billing")
    await bad_answers(engine, 3, team="sales")
    await watch(engine, replace(QUEUE, only=frozenset({"sales"}))).look()
    assert [found.key for found in await listed(engine)] == ["sales"]


async def test_one_case_may_be_in_incidents_of_two_kinds(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    await watch(engine, QUEUE, replace(QUEUE, name="why", by="reason")).look()
    assert {(found.dimension, found.cases) for found in await listed(engine)} == {("team", 3), ("reason", 3)}


async def test_a_case_that_somebody_works_on_is_not_waited_for(engine: AsyncEngine) -> None:
    cases = await bad_answers(engine, 3)
    async with transaction(engine) as tx:
        await tx.execute(text("SELECT id FROM recovery_case WHERE id = :id FOR UPDATE"), {"id": cases[0]})
        await asyncio.wait_for(watch(engine).look(), 20)
        assert (await only(engine)).incident.cases == 2
    await watch(engine).look()
    assert (await only(engine)).incident.cases == 3


async def test_an_incident_of_another_part_is_told_too(engine: AsyncEngine) -> None:
    """A team whose satisfaction fell: no case of it, and an owner nobody named."""
    add = text(
        "INSERT INTO incident (tenant, dimension, key, owner, title)"
        " VALUES ('default', 'team_csat', :key, :owner, 'Satisfaction fell')"
    )
    async with transaction(engine) as tx:
        await tx.execute(add, [{"key": "billing", "owner": None}, {"key": "sales", "owner": "maria"}])
    await watch(engine).look()
    told = await rows(
        engine,
        "SELECT i.key, n.channel, n.person FROM notification n JOIN incident i ON i.id = incident_id ORDER BY 1, 2",
    )
    assert [tuple(row) for row in told] == [
        ("billing", "room", None),
        ("sales", "mail", "maria"),
        ("sales", "room", "maria"),
    ]
    assert {found.cases for found in await listed(engine)} == {0}


async def test_while_nobody_can_be_told_it_stays_untold(engine: AsyncEngine) -> None:
    await bad_answers(engine, 3)
    await watch(engine, duty=Duty()).look()
    assert (await only(engine)).incident.told_at is None
    await watch(engine).look()
    assert (await only(engine)).incident.told_at is not None


OLD_CASES = text(
    "INSERT INTO recovery_case (tenant, interaction_id, reason, event_id, accepted_at, opened_at, contact_due_at,"
    " claim_due_at, state, claimed_by, closed_at, outcome, cause, remedy)"
    " SELECT 'default', 'call-' || n, 'low_score', 'e', at, at, at, at, 'closed', 'Dana', at, 'recovered', 'ivr', '.'"
    " FROM (SELECT n, now() - n * interval '1 hour' AS at FROM generate_series(1, 5000) n) cases"
)


@pytest.mark.parametrize(("by", "index"), [("team", "case_newest"), ("cause", "case_cause_newest")])
async def test_looking_reads_only_the_newest_cases(engine: AsyncEngine, by: Any, index: str) -> None:
    asked: list[tuple[str, Any]] = []
    async with transaction(engine) as tx:
        await tx.execute(OLD_CASES)
        await tx.execute(text("ANALYZE recovery_case"))
        hooks.listen(engine.sync_engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
        await incidents.open_where_due(tx, replace(QUEUE, by=by))
        statement, values = asked[-1]
        plan = (await tx.exec_driver_sql(f"EXPLAIN {statement}", values)).scalars().all()
    assert any(index in line for line in plan), plan


async def test_the_desk_hears_of_incidents_at_once_and_not_of_looking(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        heard: list[str] = []
        await raw.add_listener("amends_alerting_desk", lambda *told: heard.append(told[3]))
        await bad_answers(engine, 3)
        await until_quiet(engine, raw, heard)
        await watch(engine).look()
        assert await until_quiet(engine, raw, heard) > 0
        await watch(engine).look()
        assert await until_quiet(engine, raw, heard) == 0
        await connection.invalidate()


async def until_quiet(engine: AsyncEngine, raw: Any, heard: list[str]) -> int:
    """How often the bell has rung until now: one's own note comes after all that was sent before it."""
    async with transaction(engine) as tx:
        await tx.execute(text("SELECT pg_notify('amends_alerting_desk', 'now')"))
    async with asyncio.timeout(30):
        while "now" not in heard:
            await raw.fetchval("SELECT 1")
    rung = heard.index("now")
    heard.clear()
    return rung
