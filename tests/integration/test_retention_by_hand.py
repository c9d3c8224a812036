"""The statements that docs/retention.md gives for taking people out by hand, as they stand there, on PostgreSQL."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.desk.visitor import Access
from alerting.store import retention as of_alerting
from alerting.store.accounts import Accounts
from events.envelope import Event
from events.hours.business import Calendars
from events.runtime.database import PostgresLedger, transaction
from events.runtime.retention import Pruner
from events.runtime.stream import Partition
from scoring.core.pane import floor
from scoring.core.window import Window
from scoring.exporter import AGENTS, Exporter
from scoring.handler import Handler
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from scoring.telemetry import MetricGauges, Spoiled
from scoring.upkeep.rebuild import rebuild
from support.alerting_schema import migrated
from support.desk_accounts import BY, PASSWORD, an_account, told
from support.desk_visitor import ORIGIN, Browser, only_the_entrance
from support.happened import csat, event, interaction, stamp
from support.metrics import scoring_database, stored
from support.pruning import pruned

PAGE = (Path(__file__).parents[2] / "docs/retention.md").read_text()
TAKE_OUT, DELETE = (
    re.search(rf"^    {verb} .*?;$", PAGE, re.MULTILINE | re.DOTALL)[0]
    for verb in ("UPDATE", "DELETE FROM")  # type: ignore[index]
)
NOW, DAY = datetime.now(UTC), timedelta(days=1)
THEN = NOW - 410 * DAY
LONG = "agent-of-a-vendor-with-very-long-names-0017"


def contact(name: str, agent: str, at: datetime = THEN, **said: Any) -> Event[Any]:
    contact = interaction(name, offered_at=stamp(at), agent=agent, team="t-1", **said)
    return event("interaction.reported", contact, at=at)


def answer(name: str, at: datetime = THEN, **said: Any) -> Event[Any]:
    return event("survey.answered", csat(5, name, f"r-{name}", submitted_at=stamp(at), **said), at=at)


HISTORY = [contact("i-1", "a-17"), answer("i-1"), contact("i-2", "a-17"), contact("i-3", "a-18"), contact("i-4", "a-1")]


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        await Process(found).take(*HISTORY)
        yield found


class Process:
    """A process of scoring that has just started, and reads one partition from where the last one ended."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._ledger = PostgresLedger(engine)
        self._handler = Handler(Sums(0), Calendars())
        self._partition = Partition("history", 0)

    async def take(self, *events: Event[Any]) -> int:
        at = await self._ledger.position(self._partition)
        return await self._ledger.apply(self._partition, at, at + len(events), events, self._handler)


async def run(engine: AsyncEngine, statement: str) -> int:
    async with transaction(engine) as tx:
        return (await tx.exec_driver_sql(statement)).rowcount


async def grown_old(engine: AsyncEngine, *ids: str) -> None:
    """These facts were last changed when their contacts came; a round of retention follows."""
    names = ", ".join(f"'interaction/{name}'" for name in ids)
    await run(engine, f"UPDATE fact SET changed_at = now() - interval '402 days' WHERE id IN ({names})")
    await pruned(engine)


async def contacts(engine: AsyncEngine, at: datetime = THEN) -> dict[str, int]:
    """By agent, on that day."""
    day = Window.between(floor(at, DAY), floor(at, DAY) + DAY)
    return {key: sums["contacts"] for key, sums in (await stored(engine, "agent", day)).items()}


async def left(engine: AsyncEngine) -> str:
    async with transaction(engine) as tx:
        return str(await tx.scalar(text("SELECT key FROM dimension WHERE key LIKE 'left-%'")))


async def exported(engine: AsyncEngine) -> CollectorRegistry:
    registry = CollectorRegistry()
    gauges = MetricGauges(registry)
    exporter = Exporter(engine, Panes(Spoiled(registry)), gauges, every=1, room=1000, views=AGENTS)
    gauges.show(await exporter.snapshot(NOW))
    return registry


async def test_no_name_is_taken_out_while_any_fact_has_it(engine: AsyncEngine) -> None:
    assert await run(engine, TAKE_OUT) == 0
    await grown_old(engine, "i-1")
    assert await run(engine, TAKE_OUT) == 0, "the other contact"
    await grown_old(engine, "i-2")
    assert await run(engine, TAKE_OUT.replace("a-17", "a-1")) == 0
    assert await run(engine, TAKE_OUT) == 1
    assert await run(engine, TAKE_OUT) == 0
    await grown_old(engine, "i-4")
    assert await run(engine, TAKE_OUT.replace("a-17", "a-1")) == 1, "a-18 is somebody else"


@pytest.mark.parametrize("agent", ["a-17", LONG])
@pytest.mark.parametrize(
    "named",
    [
        lambda agent: [answer("i-9", agent=agent)],
        lambda agent: [event("survey.answered", csat(4, None, "r-9", agent=agent), at=NOW)],
        lambda agent: [contact("i-9", "a-18", first_response_at=stamp(THEN + DAY), first_response_by=agent)],
        lambda agent: [event("survey.sent", {"survey_id": "s-1", "sent_at": stamp(THEN), "agent": agent}, at=NOW)],
    ],
    ids=["by an answer", "by an answer alone", "as who replied", "by a survey"],
)
async def test_whatever_kind_of_fact_names_them_is_found(engine: AsyncEngine, named: Any, agent: str) -> None:
    await grown_old(engine, "i-1", "i-2")
    await Process(engine).take(*named(agent))
    assert await run(engine, TAKE_OUT.replace("a-17", agent)) == 0


async def test_numbers_replay_and_retention_go_on_without_the_name(engine: AsyncEngine) -> None:
    await grown_old(engine, "i-1", "i-2")
    assert await run(engine, TAKE_OUT) == 1
    nameless = await left(engine)
    expected = {nameless: 2, "a-18": 1, "a-1": 1}
    assert await contacts(engine) == expected
    assert await Process(engine).take(*HISTORY) == 0, "a replay changes nothing"
    await pruned(engine, agents=1095 * DAY)
    await rebuild(engine, Calendars())
    assert await contacts(engine) == expected

    back = contact("i-5", "a-17", NOW - DAY), contact("i-5", "a-18", NOW - DAY, revision=2)
    await Process(engine).take(back[0])
    assert (await contacts(engine, NOW - DAY)) == {"a-17": 1}, "who comes back has sums of their own"
    await Process(engine).take(back[1])
    assert (await contacts(engine, NOW - DAY)) == {"a-18": 1}
    registry = await exported(engine)
    labels = {"tenant": "default", "window": "7d", "dimension": "agent", "key": "a-18"}
    assert registry.get_sample_value("amends_contact_volume", labels) == 1
    assert registry.get_sample_value("amends_scoring_spoiled_total", {"dimension": "agent"}) == 0
    await pruned(engine, agents=420 * DAY)
    assert await contacts(engine) == expected
    await pruned(engine, agents=405 * DAY)
    assert await contacts(engine) == {}, "sums without a name go as those with one"


async def test_a_disabled_account_is_deleted_and_the_desk_goes_on(database_url: str) -> None:
    async with migrated(database_url) as engine:
        accounts = Accounts(engine, "default")
        ravi, dana = await an_account(engine, "ravi", role="supervisor"), await an_account(engine, "dana")
        access = only_the_entrance(Access("default", ORIGIN), engine)
        async with Browser(access) as browser:
            await browser.sign_in("Ravi", PASSWORD)
            assert await run(engine, DELETE) == 0, "who works here stays"
            await accounts.disable(ravi, BY)
            said = await told(engine)
            assert await run(engine, DELETE) == 1
            await browser.sign_in("Ravi", PASSWORD)
            assert "Ravi supervisor" not in browser.text
        assert (await told(engine))[: len(said)] == said, "the audit log keeps what they did"
        year = 365 * DAY
        keeper = Pruner(engine, of_alerting.rules(2 * year, year, 3 * year), CollectorRegistry())
        await keeper.look(asyncio.Event())
        async with Browser(access) as browser:
            await browser.sign_in("Dana", PASSWORD)
            assert browser.text.startswith("Dana")
        async with transaction(engine) as tx:
            assert list(await tx.scalars(text("SELECT id FROM account"))) == [dana]
        assert await an_account(engine, "ravi") != ravi, "the login is free"
