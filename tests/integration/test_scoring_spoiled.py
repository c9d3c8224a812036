"""A stored sum that cannot be right, on a real PostgreSQL: it is left out and said, others go on, and it is mended."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from amends.doctor.checks import sums as doctors
from amends.doctor.finding import Finding
from amends.services import SCORING
from events.envelope import Event
from events.hours.business import Calendars
from events.runtime.database import transaction
from scoring.announcing.scorecards import Scorecards
from scoring.core.measures import SIGNED, SPOILED, TABLES
from scoring.core.metrics import METRICS
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.exporter import AGENTS, VIEWS, Exporter
from scoring.figures import Asked, Figures
from scoring.handler import Handler
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from scoring.telemetry import MetricGauges, Spoiled
from scoring.upkeep.rebuild import rebuild
from support.happened import csat, event, interaction, stamp
from support.metrics import recomputed, scoring_database, stored
from support.until import until

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
RUNBOOK = Path(__file__).parents[2] / "docs/runbooks/numbers.md"
COUNTED = "amends_scoring_spoiled_total"


def handled(number: int, *, agent: str = "a-17", ago: timedelta = DAY, revision: int = 1, talk: int = 60) -> Event[Any]:
    at = stamp(NOW - ago)
    said = {"answered_at": at, "ended_at": stamp(NOW - ago + timedelta(seconds=talk)), "talk_seconds": talk}
    contact = interaction(f"i-{number}", offered_at=at, agent=agent, team="t-1", revision=revision, **said)
    return event("interaction.reported", contact, at=NOW)


def satisfied(number: int) -> Event[Any]:
    return event("survey.answered", csat(5, f"i-{number}", f"r-{number}", submitted_at=stamp(NOW - DAY)), at=NOW)


HISTORY = [handled(n, agent=agent) for n, agent in enumerate(("a-17", "a-17", "a-18"))] + [
    satisfied(n) for n in range(3)
]


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        await Process(found).apply(*HISTORY)
        yield found


class Process:
    """One that has just started: it remembers no name, and writes to a shard of its own."""

    def __init__(self, engine: AsyncEngine, shard: int = 0) -> None:
        self._engine = engine
        self._handler = Handler(Sums(shard), Calendars())

    async def apply(self, *events: Event[Any]) -> None:
        async with transaction(self._engine) as tx:
            await self._handler(tx, events)


class Exported:
    def __init__(self, engine: AsyncEngine) -> None:
        self.registry = CollectorRegistry()
        self.panes = Panes(Spoiled(self.registry))
        self.gauges = MetricGauges(self.registry)
        self.exporter = Exporter(engine, self.panes, self.gauges, every=0.05, room=2000, views=(*VIEWS, *AGENTS))

    async def show(self) -> None:
        self.gauges.show(await self.exporter.snapshot(NOW))

    def value(self, name: str, dimension: str, key: str = "", window: str = "7d") -> float | None:
        labels = {"tenant": "default", "window": window, "dimension": dimension, "key": key}
        return self.registry.get_sample_value(name, labels)

    def said(self, dimension: str) -> float | None:
        return self.registry.get_sample_value(COUNTED, {"dimension": dimension})


async def run(engine: AsyncEngine, statement: str) -> None:
    async with transaction(engine) as tx:
        await tx.exec_driver_sql(statement)


async def spoil(engine: AsyncEngine, measure: str, kind: str, *, key: str = "") -> None:
    """By hand, in every pane of the key: taken from what is not there."""
    await run(
        engine,
        f"UPDATE answers_pane SET {measure} = {measure} - 10"
        f" WHERE dimension = (SELECT id FROM dimension WHERE kind = '{kind}' AND key = '{key}')",
    )


async def doctor(engine: AsyncEngine) -> list[Finding]:
    async with transaction(engine) as tx:
        return await doctors._scoring(SCORING, tx)


async def test_one_spoiled_row_silences_nothing_but_itself(engine: AsyncEngine) -> None:
    await spoil(engine, "csat_satisfied", "all")
    exported = Exported(engine)
    job = asyncio.create_task(exported.exporter.run(stop := asyncio.Event()))
    try:
        await until(lambda: exported.value("amends_contact_volume", "all") or job.done(), "numbers are exported")
        assert not job.done()
    finally:
        stop.set()
        await job
    await exported.show()
    assert exported.value("amends_contact_volume", "all") == 3
    assert exported.value("amends_csat_ratio", "agent", "a-17") == 1
    page = generate_latest(exported.registry).decode()
    assert 'amends_csat_ratio{dimension="all"' not in page
    assert 'amends_csat_sample_size{dimension="all",key="",tenant="default",window="7d"}' not in page, (
        "0 would be wrong"
    )


async def test_it_is_counted_and_said_without_whose_it_is(engine: AsyncEngine) -> None:
    exported = Exported(engine)
    await exported.show()
    assert exported.said("agent") == 0
    await spoil(engine, "csat_satisfied", "agent", key="a-17")
    with capture_logs() as logged:
        await exported.show()
        await exported.show()
    assert [line["event"] for line in logged] == ["sums below zero are left out"], "once an hour"
    assert "a-17" not in str(logged)
    assert exported.said("agent") == 2
    assert exported.said("all") == 0


async def test_a_pane_below_zero_spoils_its_window_although_the_others_outweigh_it(engine: AsyncEngine) -> None:
    await Process(engine).apply(*(handled(n, ago=3 * DAY) for n in range(10, 20)))
    await run(
        engine,
        "UPDATE contacts_pane SET contacts = -1 WHERE grain = 2 AND contacts = 2 AND dimension ="
        " (SELECT id FROM dimension WHERE key = 'a-17')",
    )
    month = await stored(engine, "agent", Window.rolling("30d", NOW + 2 * DAY))
    assert month["a-17"]["contacts"] == SPOILED
    assert month["a-17"]["handle_ms"] == 12 * 60_000, "what is right is shown"
    assert month["a-18"]["contacts"] == 1


async def test_a_share_below_zero_is_right_where_another_writer_takes_back(engine: AsyncEngine) -> None:
    await Process(engine, shard=7).apply(handled(0, agent="a-18", revision=2))
    async with transaction(engine) as tx:
        assert await tx.scalar(text("SELECT min(contacts) FROM contacts_pane")) == -1
    exported = Exported(engine)
    await exported.show()
    assert exported.said("agent") == 0
    assert exported.value("amends_contact_volume", "agent", "a-17") == 1
    assert [found.level for found in await doctor(engine)] == ["fine"]


async def test_answers_cards_and_changes_go_on_without_it(engine: AsyncEngine) -> None:
    await spoil(engine, "csat_satisfied", "team", key="t-1")
    await run(engine, "UPDATE contacts_pane SET contacts = -5")
    scorecards = Scorecards(engine, Panes(), at_most_every=timedelta(0), agents=True, now=lambda: NOW)
    await scorecards.once()
    async with transaction(engine) as tx:
        asked = Asked(
            (METRICS["csat"], METRICS["contact_volume"]), Window.rolling("7d", NOW), "team", "t-1", trend=True
        )
        figures = (await Figures(Panes(), Retention()).read(tx, "default", asked, NOW))["t-1"]
    for figure in figures.values():
        assert (figure.value.value, figure.value.n, figure.value.spoiled) == (None, 0, True)
        assert figure.short is not None
        assert figure.short.change.reason == "no_data", "nobody stayed away"


async def test_a_name_taken_out_too_early_is_found_and_a_rebuild_makes_it_whole(engine: AsyncEngine) -> None:
    await run(engine, "UPDATE dimension SET key = 'left-' || id WHERE kind = 'agent' AND key = 'a-17'")
    corrected = handled(0, agent="a-18", revision=2)
    await Process(engine).apply(corrected)
    [found] = await doctor(engine)
    assert (found.level, "1 key of the dimension agent" in found.says) == ("warning", True)
    assert "a-17" not in found.says + found.fix
    assert await listed(engine) == {("agent", "a-17")}

    await rebuild(engine, Calendars())
    assert [found.level for found in await doctor(engine)] == ["fine"]
    assert await listed(engine) == set()
    for dimension in ("all", "team", "agent"):
        assert await stored(engine, dimension) == recomputed([*HISTORY, corrected], dimension)
    more = handled(1, agent="a-18", revision=2)
    await Process(engine).apply(more)
    assert await stored(engine, "agent") == recomputed([*HISTORY, corrected, more], "agent")


async def test_a_row_changed_by_hand_is_mended_by_a_rebuild_too(engine: AsyncEngine) -> None:
    await spoil(engine, "csat_satisfied", "all")
    assert (await stored(engine, "all"))[""]["csat_satisfied"] == SPOILED
    await rebuild(engine, Calendars())
    assert await stored(engine, "all") == recomputed(HISTORY, "all")


async def listed(engine: AsyncEngine) -> set[tuple[str, str]]:
    """Whose sums the query of the runbook finds, in any table."""
    page = RUNBOOK.read_text().partition("### AmendsSumsSpoiled")[2]
    query = page.partition("```sql")[2].partition("```")[0].replace("contacts_pane", "{table}_pane")
    async with transaction(engine) as tx:
        rows = [row for table in TABLES for row in await tx.exec_driver_sql(query.format(table=table))]
    return {(row.kind, row.key) for row in rows}


def test_the_doctor_looks_at_every_table() -> None:
    assert set(doctors.TABLES) == {f"{table}_pane" for table in TABLES}
    assert {doctors.SIGNED} == SIGNED
