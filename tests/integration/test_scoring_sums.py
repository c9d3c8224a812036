"""Whatever comes, in whatever order and how often: the sums equal a plain recomputation over the latest facts."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from events.runtime.database import PostgresLedger, transaction
from events.runtime.stream import Partition
from scoring.core.attribution import DIMENSIONS
from scoring.core.window import Window
from scoring.handler import Handler
from scoring.store import Store
from support.happened import NOON, answered, csat, event, interaction, stamp
from support.metrics import recomputed, scoring_database, stored


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


async def apply(engine: AsyncEngine, *events: Event[Any], shard: int = 0) -> None:
    async with transaction(engine) as tx:
        await Handler(Store(shard=shard))(tx, events)


async def total(engine: AsyncEngine) -> dict[str, int]:
    found = await stored(engine, "all")
    return dict(found.get("", {}))


async def test_a_contact_counts_once_however_often_it_is_reported(engine: AsyncEngine) -> None:
    reported = event("interaction.reported", answered())
    await apply(engine, reported)
    await apply(engine, reported, reported)
    assert (await total(engine))["contacts"] == 1
    assert (await total(engine))["handle_ms"] == 60_000


async def test_a_newer_revision_replaces_and_an_older_one_changes_nothing(engine: AsyncEngine) -> None:
    await apply(engine, event("interaction.reported", answered(revision=2, talk=90, wrap_seconds=30)))
    await apply(engine, event("interaction.reported", answered(revision=1, talk=60)))
    assert (await total(engine))["handle_ms"] == 120_000
    await apply(engine, event("interaction.reported", answered(revision=3, talk=50)))
    assert (await total(engine))["handle_ms"] == 50_000


async def test_an_answer_that_comes_before_its_interaction_ends_with_who_handled_it(engine: AsyncEngine) -> None:
    await apply(engine, event("survey.answered", csat(5, team="as the survey says")))
    assert set(await stored(engine, "team")) == {"as the survey says"}
    await apply(engine, event("interaction.reported", answered(team="billing", agent="a-1")))
    assert set(await stored(engine, "team")) == {"billing"}
    assert (await stored(engine, "agent"))["a-1"]["csat_satisfied"] == 1


async def test_an_answer_nobody_can_be_named_for_is_shown_as_unattributed(engine: AsyncEngine) -> None:
    await apply(engine, event("survey.answered", csat(1, interaction_id=None)))
    assert (await stored(engine, "agent"))["unattributed"]["csat_dissatisfied"] == 1


async def test_a_rating_that_flips_moves_and_a_dismissed_one_is_taken_back(engine: AsyncEngine) -> None:
    await apply(engine, event("survey.answered", csat(1, revision=1)))
    await apply(engine, event("survey.answered", csat(5, revision=2)))
    assert (await total(engine)).get("csat_dissatisfied") is None
    assert (await total(engine))["csat_satisfied"] == 1
    await apply(engine, event("survey.answered", csat(None, revision=3, status="dismissed")))
    assert await total(engine) == {}


async def test_an_answer_that_moves_to_another_contact_leaves_the_first(engine: AsyncEngine) -> None:
    await apply(
        engine,
        event("interaction.reported", answered("i-1", agent="a-1")),
        event("interaction.reported", answered("i-2", agent="a-2")),
        event("survey.answered", csat(5, "i-1", revision=1)),
    )
    await apply(engine, event("survey.answered", csat(5, "i-2", revision=2)))
    agents = await stored(engine, "agent")
    assert "csat_satisfied" not in agents["a-1"]
    assert agents["a-2"]["csat_satisfied"] == 1
    await apply(engine, event("survey.answered", csat(1, "i-1", revision=1)))
    assert (await stored(engine, "agent")) == agents


async def test_tenants_do_not_see_each_other(engine: AsyncEngine) -> None:
    await apply(
        engine,
        event("interaction.reported", answered(), tenant="one"),
        event("interaction.reported", interaction(), tenant="two"),
    )
    assert "answered" in (await stored(engine, "all", tenant="one"))[""]
    assert "answered" not in (await stored(engine, "all", tenant="two"))[""]


async def test_what_claims_to_come_from_the_future_counts_when_it_was_taken(engine: AsyncEngine) -> None:
    ahead = interaction(offered_at=stamp(NOON + timedelta(hours=2)))
    await apply(engine, event("interaction.reported", ahead, at=NOON))
    assert await stored(engine, "all", Window.between(NOON, NOON + timedelta(minutes=1)))


def history(seed: int, size: int = 120) -> list[Event[Any]]:
    """A disorderly day: revisions, flips, moves, answers without contact, mentions, resent ids."""
    chance = random.Random(seed)
    events: list[Event[Any]] = []
    for _ in range(size):
        revision, at = chance.randrange(4), NOON + timedelta(minutes=chance.randrange(-3000, 3))
        kind = chance.random()
        if kind < 0.45:
            data = answered if chance.random() < 0.7 else interaction
            said = data(
                f"i-{chance.randrange(12)}", team=chance.choice(["x", "y", "z"]), agent=f"a-{chance.randrange(4)}"
            )
            said |= {"revision": revision, "resolved": chance.choice([True, False, None])}
            if "answered_at" not in said:
                said |= {"abandoned": chance.random() < 0.5, "offered_at": stamp(at)}
            events.append(event("interaction.reported", said))
        elif kind < 0.9:
            about = chance.choice([None, f"i-{chance.randrange(12)}"])
            value = chance.choice([1, 2, 3, 4, 5])
            said = csat(value, about, f"r-{chance.randrange(15)}", revision=revision, submitted_at=stamp(at))
            if chance.random() < 0.1:
                said |= {"status": "dismissed"}
            events.append(event("survey.answered", said))
        else:
            said = {"mention_id": f"m-{chance.randrange(4)}", "network": "n", "published_at": stamp(at)}
            said |= {"sentiment": chance.choice(["positive", "negative", "neutral"]), "revision": revision}
            events.append(event("mention.published", said))
    # Two reports of one thing under one version: the first accepted stands, so such twins are not part of the history.
    seen: set[tuple[str, str, int]] = set()
    unique = []
    for e in events:
        name = next(
            v for k, v in e.data.model_dump().items() if k in ("response_id", "mention_id", "interaction_id") and v
        )
        name = getattr(e.data, "response_id", None) or getattr(e.data, "mention_id", None) or name
        if (e.type, name, e.data.version) not in seen:
            seen.add((e.type, name, e.data.version))
            unique.append(e)
    return unique


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_and_repetition_ends_at_a_plain_recomputation(engine: AsyncEngine, seed: int) -> None:
    events = history(seed)
    chance = random.Random(seed)
    arriving = events + chance.sample(events, len(events) // 3)
    chance.shuffle(arriving)
    while arriving:
        size = chance.randrange(1, 30)
        await apply(engine, *arriving[:size], shard=chance.randrange(3))
        arriving = arriving[size:]
    for dimension in DIMENSIONS:
        assert await stored(engine, dimension) == recomputed(events, dimension)


async def test_two_consumers_racing_on_the_same_contacts_end_at_the_same_sums(engine: AsyncEngine) -> None:
    events = history(99)
    ledger = PostgresLedger(engine)

    async def consumer(number: int) -> None:
        handler, mine, offset = Handler(Store(shard=number)), events[number::2], 0
        while mine:
            batch, mine = mine[:5], mine[5:]
            await ledger.apply(Partition("t", number), offset, offset + 5, batch, handler)
            offset += 5

    await asyncio.gather(consumer(0), consumer(1))
    for dimension in DIMENSIONS:
        assert await stored(engine, dimension) == recomputed(events, dimension)


async def test_any_window_is_covered_exactly_once(engine: AsyncEngine) -> None:
    chance = random.Random(7)
    instants = [NOON + timedelta(minutes=chance.randrange(-6000, 0)) for _ in range(200)]
    await apply(
        engine,
        *(event("interaction.reported", interaction(f"i-{n}", offered_at=stamp(at))) for n, at in enumerate(instants)),
    )
    for _ in range(25):
        start, end = sorted(NOON + timedelta(minutes=chance.randrange(-6100, 100)) for _ in range(2))
        if start == end:
            continue
        found = await stored(engine, "all", Window.between(start, end))
        assert found.get("", {}).get("contacts", 0) == sum(start <= at < end for at in instants)
