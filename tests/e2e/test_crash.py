"""Scoring is killed with SIGKILL again and again while it applies: nothing is lost, nothing counts twice."""

import random
from pathlib import Path

import pytest

from events.runtime.database import create_engine
from events.runtime.kafka import KafkaPublisher
from scoring.app import SCHEMA
from scoring.core.attribution import DIMENSIONS
from support import broker
from support.happened import answered, csat, event, record
from support.metrics import recomputed, stored
from support.services import house
from support.until import until

KILLS = 6
EVENTS = 6_000


@pytest.mark.timeout(240)
async def test_killed_mid_batch_nothing_is_lost_and_nothing_counts_twice(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # shown by pytest when this fails
    chance = random.Random(seed)
    events = []
    for n in range(EVENTS // 2):
        said = {"team": chance.choice("xyz"), "agent": f"a-{n % 7}", "customer_id": f"c-{n % 50}"}
        events.append(event("interaction.reported", answered(f"i-{n}", talk=n % 300, **said)))
        events.append(event("survey.answered", csat(n % 5 + 1, f"i-{n}", f"r-{n}", customer_id=f"c-{n % 50}")))
    chance.shuffle(events)
    publisher = KafkaPublisher(topics, client_id="test")
    async with house(tmp_path, topics, database_url) as rooms:
        scoring = await rooms.add("scoring", KAFKA_SESSION_SECONDS="6")
        engine = create_engine(database_url, SCHEMA)

        async def contacts() -> int:
            found = await stored(engine, "all")
            return int(found.get("", {}).get("contacts", 0))

        share = len(events) // (KILLS + 1)
        for kill in range(KILLS):
            before = await contacts()
            sent = events[kill * share : (kill + 1) * share]
            await publisher.publish([record(e) for e in sent + chance.sample(sent, 20)])
            await until(lambda before=before: _more(contacts, before), "some of it applied", seconds=60)  # type: ignore[misc]
            await scoring.kill()
            await scoring.start()
        await publisher.publish([record(e) for e in events[KILLS * share :]])
        await until(lambda: _at(contacts, EVENTS // 2), "every contact applied", seconds=90)

        async def answers() -> bool:
            sums = (await stored(engine, "all"))[""]
            return sum(sums.get(f"csat_{c}", 0) for c in ("satisfied", "neutral", "dissatisfied")) == EVENTS // 2

        await until(answers, "every answer applied", seconds=60)
        for dimension in DIMENSIONS:
            assert await stored(engine, dimension) == recomputed(events, dimension)
        assert not [
            r for t in ("interactions", "survey-responses") for r in await broker.read_all(topics, f"{t}-scoring-dlq")
        ]
        await engine.dispose()
    await publisher.close()


async def _more(count, before) -> bool:  # type: ignore[no-untyped-def]
    return await count() > before


async def _at(count, wanted) -> bool:  # type: ignore[no-untyped-def]
    return await count() == wanted
