"""What other departments are told: at least once, in order, with fixed ids. Real PostgreSQL, real Kafka."""

import asyncio
import json
import random
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events import codec
from events.envelope import Event
from events.hours.business import Calendars
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaPublisher
from events.runtime.stream import Outgoing
from events.scorecard import Figure, RecognitionAwarded, ScorecardUpdated
from scoring.announcing import publisher
from scoring.announcing.publisher import Announcer
from scoring.announcing.scorecards import Scorecards
from scoring.announcing.telemetry import AnnouncementTelemetry
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value
from scoring.core.recognition.ranking import figure
from scoring.handler import Handler
from scoring.store import outbox
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.broker import read_all
from support.happened import answered, csat, event, stamp
from support.metrics import scoring_database
from support.until import until

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAUSE = timedelta(minutes=5)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


def award(key: str, number: int = 0) -> RecognitionAwarded:
    return RecognitionAwarded(
        award_id=f"happiest:{number}:{key}",
        rule="happiest",
        title="Happiest customers",
        period="day",
        start=NOON,
        end=NOON + timedelta(days=1),
        dimension="agent",
        key=key,
        score=0.8,
        figures={"csat": Figure(value=0.9, n=40, low=0.8, high=0.95, definition_version=1)},
    )


async def put(engine: AsyncEngine, *said: RecognitionAwarded, tenant: str = "default") -> None:
    async with transaction(engine) as tx:
        await outbox.put(tx, tenant, said, NOON)


async def waiting(engine: AsyncEngine) -> int:
    async with transaction(engine) as tx:
        return int(await tx.scalar(text("SELECT count(*) FROM outbox")) or 0)


async def events(topics: str) -> list[Event[Any]]:
    return [codec.decode(record.headers, record.value) for record in await read_all(topics, "scorecards")]


class Broken:
    """A broker that takes what it is given and says that it could not."""

    def __init__(self) -> None:
        self.got: list[Outgoing] = []

    async def publish(self, records: Sequence[Outgoing]) -> None:
        self.got += records
        raise Unavailable("kafka: TimeoutError")

    async def close(self) -> None: ...


class Kept(Broken):
    """A broker that takes longer for some."""

    def __init__(self) -> None:
        super().__init__()
        self._chance = random.Random(3)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        await asyncio.sleep(self._chance.random() / 20)
        self.got += records


def announcer(engine: AsyncEngine, broker: Any, registry: CollectorRegistry | None = None) -> Announcer:
    return Announcer(engine, broker, AnnouncementTelemetry(registry or CollectorRegistry()))


async def test_an_award_reaches_the_topic_as_it_was_said(engine: AsyncEngine, topics: str) -> None:
    await put(engine, award("ann"), tenant="one")
    kafka = KafkaPublisher(topics, client_id="test")
    await announcer(engine, kafka).once()
    await kafka.close()
    [found] = await events(topics)
    assert found.data == award("ann")
    assert (found.tenant, found.source, found.time) == ("one", "/amends/scoring", NOON)
    assert await waiting(engine) == 0


async def test_the_job_publishes_until_it_is_stopped(engine: AsyncEngine, topics: str) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(announcer(engine, KafkaPublisher(topics, client_id="test")).run(stop))
    await put(engine, award("ann"))
    await until(lambda: _none_waits(engine), "the outbox is empty")
    stop.set()
    await asyncio.wait_for(running, 30)
    assert [found.data.key for found in await events(topics)] == ["ann"]


async def _none_waits(engine: AsyncEngine) -> bool:
    return not await waiting(engine)


async def test_what_was_not_acknowledged_is_published_again_with_the_same_id(engine: AsyncEngine) -> None:
    await put(engine, award("ann"))
    broken, kept = Broken(), Kept()
    with pytest.raises(Unavailable):
        await announcer(engine, broken).once()
    assert await waiting(engine) == 1
    await announcer(engine, kept).once()
    assert broken.got == kept.got
    assert await waiting(engine) == 0


async def test_a_broker_that_is_away_is_waited_for(engine: AsyncEngine) -> None:
    stop, broken, registry = asyncio.Event(), Broken(), CollectorRegistry()
    await put(engine, award("ann"))
    running = asyncio.create_task(announcer(engine, broken, registry).run(stop))
    await until(lambda: len(broken.got) >= 2, "it is tried again")
    await until(lambda: (registry.get_sample_value("amends_scoring_outbox_oldest_seconds") or 0) > 0, "it is seen")
    stop.set()
    await asyncio.wait_for(running, 30)
    assert await waiting(engine) == 1


async def test_the_same_said_twice_while_it_waits_is_one(engine: AsyncEngine) -> None:
    await put(engine, award("ann"), award("bob"))
    await put(engine, award("ann"))
    assert await waiting(engine) == 2
    await put(engine, award("ann"), tenant="other")
    assert await waiting(engine) == 3


async def test_replicas_publish_each_once_and_every_key_in_order(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "AT_ONCE", 3)
    await put(engine, *(award(f"a{n % 7}", n) for n in range(140)))
    kept = Kept()
    await asyncio.gather(*(announcer(engine, kept).once() for _ in range(4)))
    while await waiting(engine):  # one that found every key taken by others has left the rest to the next round
        await announcer(engine, kept).once()
    numbers: dict[bytes | None, list[int]] = {}
    for record in kept.got:
        assert record.value is not None
        numbers.setdefault(record.key, []).append(int(json.loads(record.value)["award_id"].split(":")[1]))
    assert sorted(number for of in numbers.values() for number in of) == list(range(140))
    assert len(numbers) == 7
    assert all(of == sorted(of) for of in numbers.values())


async def _rolled_back(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await outbox.put(tx, "default", [award("ann")], NOON)
        raise RuntimeError


async def test_what_is_rolled_back_is_never_said(engine: AsyncEngine) -> None:
    with pytest.raises(RuntimeError):
        await _rolled_back(engine)
    assert await waiting(engine) == 0


# --- scorecard.updated


async def apply(engine: AsyncEngine, *said: Event[Any]) -> None:
    async with transaction(engine) as tx:
        await Handler(Sums(0), Calendars())(tx, said)


def scorecards(engine: AsyncEngine, at: datetime, *, agents: bool = False) -> Scorecards:
    return Scorecards(engine, Panes(), at_most_every=PAUSE, agents=agents, now=lambda: at)


async def told(engine: AsyncEngine) -> list[ScorecardUpdated]:
    """What was put into the outbox since it was last looked at."""
    async with transaction(engine) as tx:
        rows = (await tx.execute(text("DELETE FROM outbox RETURNING value"))).all()
    return [codec.payload("scorecard.updated", json.loads(row.value)) for row in rows]  # type: ignore[misc]


async def test_figures_are_computed_beside_the_loop(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set[int]()

    def watched(name: str, value: Value) -> Figure:
        threads.add(threading.get_ident())
        return figure(name, value)

    monkeypatch.setattr("scoring.announcing.scorecards.figure", watched)
    await apply(engine, event("interaction.reported", answered(agent="a-17")))
    await scorecards(engine, NOON + timedelta(hours=1), agents=True).once()
    assert {one.key for one in await told(engine)} >= {"a-17"}
    assert threads
    assert threading.get_ident() not in threads


async def test_all_channels_and_teams_are_told_of_over_a_day_and_a_week(engine: AsyncEngine) -> None:
    await apply(
        engine,
        event("interaction.reported", answered(team="billing", agent="a-1")),
        event("survey.answered", csat(5)),
    )
    await scorecards(engine, NOON + timedelta(hours=1)).once()
    found = {(card.dimension, card.key, card.window): card for card in await told(engine)}
    assert set(found) == {
        (dimension, key, window)
        for dimension, key in (("all", ""), ("channel", "phone"), ("team", "billing"))
        for window in ("24h", "7d")
    }
    card = found["team", "billing", "24h"]
    assert set(card.figures) == set(METRICS)
    assert (card.figures["csat"].value, card.figures["csat"].n) == (1.0, 1)
    assert (card.figures["nps"].value, card.figures["nps"].n) == (None, 0)
    assert card.end - card.start == timedelta(hours=24)


async def test_agents_are_told_of_only_where_the_operator_wants_it(engine: AsyncEngine) -> None:
    await apply(engine, event("interaction.reported", answered(agent="a-1")))
    await scorecards(engine, NOON + timedelta(hours=1), agents=True).once()
    assert ("agent", "a-1") in {(card.dimension, card.key) for card in await told(engine)}


async def test_only_what_has_changed_is_told_again_and_not_too_often(engine: AsyncEngine) -> None:
    at = NOON + timedelta(hours=1)
    await apply(engine, event("interaction.reported", answered("i-1", team="billing")))
    await apply(engine, event("interaction.reported", answered("i-2", team="sales")))
    await scorecards(engine, at).once()
    await told(engine)
    await apply(engine, event("survey.answered", csat(5, "i-2")))
    await scorecards(engine, at + PAUSE - timedelta(seconds=1)).once()
    assert await told(engine) == []
    await scorecards(engine, at + PAUSE).once()
    assert {card.key for card in await told(engine) if card.dimension == "team"} == {"sales"}
    await scorecards(engine, at + 2 * PAUSE).once()
    assert await told(engine) == []


async def test_a_team_that_has_gone_quiet_is_told_of_once_more(engine: AsyncEngine) -> None:
    await apply(engine, event("interaction.reported", answered(team="billing")))
    await scorecards(engine, NOON + timedelta(hours=1)).once()
    await told(engine)
    for hours in (25, 26):
        await scorecards(engine, NOON + timedelta(hours=hours)).once()
        teams = [card for card in await told(engine) if card.dimension == "team"]
        assert [(card.window, card.figures["contact_volume"].n) for card in teams] == (
            [("24h", 0)] if hours == 25 else []
        )


async def test_replicas_tell_of_each_once(engine: AsyncEngine) -> None:
    await apply(engine, event("interaction.reported", answered(team="billing")))
    at = NOON + timedelta(hours=1)
    await asyncio.gather(*(scorecards(engine, at + n * timedelta(minutes=1)).once() for n in range(5)))
    assert len(await told(engine)) == 6


async def test_tenants_are_told_of_apart(engine: AsyncEngine) -> None:
    at = stamp(NOON)
    await apply(
        engine, *(event("interaction.reported", answered(offered_at=at), tenant=name) for name in ("one", "two"))
    )
    await scorecards(engine, NOON + timedelta(hours=1)).once()
    async with transaction(engine) as tx:
        rows = (await tx.execute(text("SELECT tenant, count(*) AS n FROM outbox GROUP BY 1 ORDER BY 1"))).all()
    assert [(row.tenant, row.n) for row in rows] == [("one", 6), ("two", 6)]
