"""Scoring's store on a real PostgreSQL: what is applied is read, drilled into, trimmed and rebuilt."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event, Payload
from events.hours.business import Calendars
from events.hours.calendar_file import calendars
from events.interaction import Interaction
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Stuck
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from scoring.app import MIGRATIONS, SCHEMA
from scoring.core.batch import Change, Key
from scoring.core.facts.contact import Contact
from scoring.core.measures import TABLES
from scoring.core.metrics import METRICS
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.handler import Handler, delta
from scoring.store import drill, generations
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from scoring.upkeep.rebuild import rebuild
from scoring.upkeep.trim import Trimmer
from support import reference_hours
from support.pruning import pruned

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
CALENDARS = calendars(reference_hours.DOCUMENT)
EVER = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    yield engine
    await engine.dispose()


def event(data: Payload, number: int) -> Event[Any]:
    return Event(f"e-{number}", "/test", "default", NOW, NOW, data)


def call(number: int, **more: Any) -> Interaction:
    at = NOW - timedelta(days=10, minutes=number)
    known: dict[str, Any] = {
        "interaction_id": f"call-{number}",
        "revision": 1,
        "channel": "phone",
        "team": f"team-{number % 3}",
        "agent": f"a-{number % 7}",
        "customer_id": f"cus-{number % 20}",
        "offered_at": at,
        "answered_at": at + timedelta(seconds=number % 40),
        "talk_seconds": 60.0 + number,
        "resolved": True,
    }
    return Interaction(**(known | more))


def answer(number: int, **more: Any) -> SurveyResponse:
    known: dict[str, Any] = {
        "response_id": f"resp-{number}",
        "revision": 1,
        "interaction_id": f"call-{number}",
        "instrument": "csat",
        "scale": "1-5",
        "value": number % 5 + 1,
        "submitted_at": NOW - timedelta(days=9, minutes=number),
    }
    return SurveyResponse(**(known | more))


def history(count: int = 60) -> list[Event[Any]]:
    calls = [event(call(n), n) for n in range(count)]
    return calls + [event(answer(n), 1000 + n) for n in range(count)]


async def apply(engine: AsyncEngine, events: Sequence[Event[Any]], shard: int = 0) -> None:
    async with transaction(engine) as tx:
        await Handler(Sums(shard), Calendars())(tx, events)


async def everything(engine: AsyncEngine, now: datetime = NOW) -> dict[str, Any]:
    async with transaction(engine) as tx:
        panes = Panes()
        found: dict[str, Any] = {
            dimension: await panes.sums(tx, "default", dimension, EVER, now=now)
            for dimension in ("all", "team", "agent", "channel_team")
        }
        found["histograms"] = await panes.histograms(tx, "default", "agent", EVER, ["wait", "handle"])
        return found


def some(sums: Any) -> dict[str, int]:
    return {name: total for name, total in sums.items() if total}


async def test_what_is_applied_is_read(engine: AsyncEngine) -> None:
    await apply(engine, history())
    found = await everything(engine)
    [total] = found["all"].values()
    assert (total["contacts"], total["csat_satisfied"], total["csat_dissatisfied"]) == (60, 24, 24)
    assert sum(sums["handle_ms"] for sums in found["agent"].values()) == sum(60_000 + n * 1000 for n in range(60))
    assert set(found["channel_team"]) == {"phone/team-0", "phone/team-1", "phone/team-2"}
    assert METRICS["csat"].compute(total).n == 60
    handled = found["histograms"]["a-0"]["handle"]
    assert handled.n == 9
    assert handled.percentile(1) == pytest.approx(60 + 56, rel=0.02)


async def test_a_window_that_has_not_closed_is_pending(engine: AsyncEngine) -> None:
    await apply(engine, history())
    closed = (await everything(engine))["all"][""]
    young = (await everything(engine, NOW - timedelta(days=8)))["all"][""]
    assert (closed["settled"], closed["pending"]) == (60, 0)
    assert closed["repeated_once"] == closed["repeated_more"] == 20
    assert (young["settled"], young["repeated_once"], young["pending"]) == (0, 0, 60)


async def test_a_correction_takes_back_what_it_replaces(engine: AsyncEngine) -> None:
    await apply(engine, history())
    before = await everything(engine)
    moved = call(3, revision=2, team="elsewhere", agent="a-9", talk_seconds=1.0, resolved=False)
    await apply(engine, [event(moved, 2000)], shard=1)
    [elsewhere] = [some(sums) for key, sums in (await everything(engine))["team"].items() if key == "elsewhere"]
    assert elsewhere["handle_ms"] == 1000
    assert elsewhere["csat_satisfied"] == 1
    await apply(engine, [event(call(3, revision=3), 2001)], shard=2)
    after = await everything(engine)
    assert after == before


async def test_what_is_behind_a_number_is_found_page_by_page(engine: AsyncEngine) -> None:
    await apply(engine, history())
    found, place = [], None
    async with transaction(engine) as tx:
        for _ in range(20):
            page, place = await drill.contacts(
                tx, "default", "team", "team-1", EVER, ["csat_dissatisfied"], after=place, limit=3
            )
            found += page
            if place is None:
                break
    assert place is None
    wanted = {f"interaction/call-{n}" for n in range(60) if n % 3 == 1 and n % 5 < 2}
    assert sorted(behind.id for behind in found) == sorted(wanted)
    assert all(behind.sums == {"csat_dissatisfied": 1} for behind in found)
    assert found == sorted(found, key=lambda behind: behind.at, reverse=True)


async def test_merging_and_trimming_change_no_number_that_is_still_shown(engine: AsyncEngine) -> None:
    for one in history(40):
        await apply(engine, [one])
    before = await everything(engine)
    await Trimmer(engine).merge(NOW)
    async with transaction(engine) as tx:
        pieces = await tx.scalar(
            text("SELECT max(n) FROM (SELECT count(*) n FROM histogram GROUP BY dimension, grain, start)")
        )
    assert pieces is not None
    assert pieces <= 8
    assert await everything(engine) == before
    await pruned(engine)
    async with transaction(engine) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM contacts_pane WHERE grain = 0")) == 0
        day = Retention().shown(EVER, NOW)
        assert (await Panes().sums(tx, "default", "all", day, now=NOW)) == before["all"]


async def test_a_rebuild_while_events_come_ends_at_the_same_numbers(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scoring.upkeep.rebuild.AT_ONCE", 7)
    await apply(engine, history(40))
    late = [event(call(n, revision=2, talk_seconds=5.0, team="late"), 3000 + n) for n in range(0, 50, 3)]

    async def meanwhile() -> None:
        for one in late:
            await apply(engine, [one], shard=1)
            await asyncio.sleep(0.005)

    _, counted = await asyncio.gather(meanwhile(), rebuild(engine, Calendars()))
    assert counted > 40
    rebuilt = await everything(engine)
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE contacts_pane SET contacts = contacts + 1000"))
    await rebuild(engine, Calendars())
    again = await everything(engine)
    assert again == rebuilt
    assert again["team"]["late"]["contacts"] == len(late)
    await apply(engine, [event(call(0, revision=9, team="late", talk_seconds=5.0), 4000)])
    assert (await everything(engine))["all"][""]["contacts"] == rebuilt["all"][""]["contacts"]


async def test_every_measure_has_its_column(engine: AsyncEngine) -> None:
    """A measure that is new needs a migration that adds its column to databases that are there."""
    async with transaction(engine) as tx:
        rows = await tx.execute(
            text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'scoring'")
        )
        there = {(row.table_name, row.column_name) for row in rows}
    assert {(f"{table}_pane", measure) for table, measures in TABLES.items() for measure in measures} <= there


async def test_a_dimension_that_was_rolled_back_is_made_again(engine: AsyncEngine) -> None:
    """Also where the same transaction added to the sums twice, as it does during a rebuild."""
    sums, once = Sums(0), delta({Key("default", "interaction/x"): Change(Contact(), contact(1))})

    class Undone(Exception):
        pass

    with contextlib.suppress(Undone):
        async with transaction(engine) as tx:
            await sums.add(tx, once)
            await sums.add(tx, once)
            raise Undone
    async with transaction(engine) as tx:
        await sums.add(tx, once)
        [total] = (await Panes().sums(tx, "default", "team", EVER, now=NOW)).values()
    assert total["contacts"] == 1


def contact(number: int) -> Contact:
    return Contact().reported("default", call(number), NOW, Calendars())


async def test_a_rebuild_carries_over_the_days_whose_facts_are_gone(engine: AsyncEngine) -> None:
    long_ago = NOW - timedelta(days=900)
    await apply(engine, [event(call(1, offered_at=long_ago, answered_at=long_ago), 1), event(call(2), 2)])
    before = (await everything(engine))["all"]
    async with transaction(engine) as tx:
        await tx.execute(text("DELETE FROM fact WHERE id = 'interaction/call-1'"))
    await rebuild(engine, Calendars())
    assert (await everything(engine))["all"][""]["contacts"] == before[""]["contacts"] == 2


async def test_a_rebuild_that_was_killed_is_forgotten_and_can_be_begun_again(engine: AsyncEngine) -> None:
    await apply(engine, history(5))
    before = await everything(engine)
    async with transaction(engine) as tx:
        await generations.begin(tx)
    await apply(engine, [event(call(1, revision=2), 50)])
    await Trimmer(engine).abandon()
    async with transaction(engine) as tx:
        assert (await generations.shared(tx)).next is None
        assert await tx.scalar(text("SELECT to_regclass('contacts_pane_next')")) is None
    await apply(engine, [event(call(1, revision=3), 51)])
    await rebuild(engine, Calendars(), Retention(minutes=timedelta(days=9_000), hours=timedelta(days=9_000)))
    assert (await everything(engine))["all"] == before["all"]


async def test_a_rebuild_by_other_hours_that_does_not_end_leaves_sums_that_add_up(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has counted is kept by the new hours, and is taken back by them when a correction comes."""

    async def killed(*_: Any, **__: Any) -> None:
        raise Stuck("killed")

    at = NOW - timedelta(days=10)
    mail = {"channel": "email", "agent": None, "answered_at": None, "offered_at": at, "first_response_at": NOW}
    await apply(engine, [event(call(1, **mail, team=reference_hours.TEAM), 1)])
    around_the_clock = some((await everything(engine))["team"][reference_hours.TEAM])
    monkeypatch.setattr(generations, "swap", killed)
    with pytest.raises(Stuck, match="killed"):
        await rebuild(engine, CALENDARS)
    by_office_hours = some((await everything(engine))["team"][reference_hours.TEAM])
    assert by_office_hours["response_business_ms"] < around_the_clock["response_business_ms"]

    await Trimmer(engine).abandon()
    await apply(engine, [event(call(1, **mail, team="late", revision=2), 2)])
    found = (await everything(engine))["team"]
    assert set(found) == {"late"}
    assert min(found["late"].values()) == 0


async def test_facts_that_have_not_changed_for_long_go_with_their_answers(engine: AsyncEngine) -> None:
    await apply(engine, history(5))
    await apply(engine, [event(answer(9, interaction_id=None, survey_id="s-1", status="partial"), 90)])
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE fact SET changed_at = now() - interval '500 days'"))
    await pruned(engine)
    async with transaction(engine) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM fact")) == 0
        assert await tx.scalar(text("SELECT count(*) FROM answer")) == 0


async def test_a_reply_that_has_yet_to_come_is_none(engine: AsyncEngine) -> None:
    never = datetime(9999, 12, 31, tzinfo=UTC)
    await apply(engine, [event(call(1, channel="email", first_response_at=never), 1)])
    assert (await everything(engine))["all"][""]["responded"] == 0


async def test_a_rebuild_makes_no_fact_younger(engine: AsyncEngine) -> None:
    await apply(engine, history(3))
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE fact SET changed_at = now() - interval '300 days'"))
    await rebuild(engine, Calendars())
    async with transaction(engine) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM fact WHERE changed_at > now() - interval '299 days'")) == 0


async def test_a_second_rebuild_is_refused(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await tx.execute(text(f"SELECT pg_advisory_xact_lock({generations.REBUILDING})"))
        with pytest.raises(Stuck, match="under way"):
            await rebuild(engine, Calendars())
