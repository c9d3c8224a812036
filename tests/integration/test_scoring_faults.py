"""Three scoring processes on real Kafka, killed, frozen, added and taken away as records flow: exact to the digit."""

import asyncio
import itertools
import os
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from events.envelope import DEFAULT_TENANT, Event
from events.runtime.database import create_engine, transaction
from events.runtime.kafka import KafkaPublisher
from events.topics import read_by
from scoring.app import SCHEMA
from scoring.core.attribution import DIMENSIONS
from support import broker
from support.happened import record
from support.metrics import stored
from support.reference import Reference, differences
from support.reference_histories import OTHER_TENANT, Histories, without_twins
from support.services import House, Running, house
from support.until import until

FULL = os.environ.get("AMENDS_FULL_FAULTS") == "1"
KILLS = 50 if FULL else 10
FREEZES = 10 if FULL else 2
EVENTS = 60_000 if FULL else 6_000
SESSION = 6
"""Seconds after which Kafka gives the partitions of a silent member to others."""


class Flow:
    """A history on its way: written to its topics little by little, much of it twice."""

    def __init__(self, chance: random.Random, bootstrap: str) -> None:
        histories = Histories(chance.choice, contacts=2000, answers=1500, customers=400, others=400, agents=30)
        self.history = without_twins(histories.next() for _ in range(EVENTS))
        self.stop = asyncio.Event()
        self._chance = chance
        self._publisher = KafkaPublisher(bootstrap, client_id="test")

    async def run(self) -> None:
        """Everything, a little at a time and much of it again; the last tenth only when all faults are over."""
        pieces = [self.history[at : at + 20] for at in range(0, len(self.history), 20)]
        late = len(pieces) * 9 // 10
        for number in itertools.count():
            if self.stop.is_set() and number >= late:
                break
            await self.publish(pieces[number] if number < late else self._chance.choice(pieces[:late]))
            if not self.stop.is_set():
                await asyncio.sleep(0.2)
        for piece in pieces[late:]:
            await self.publish(piece)

    async def publish(self, events: Sequence[Event[Any]]) -> None:
        await self._publisher.publish([record(event) for event in events])

    async def __aenter__(self) -> "Flow":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._publisher.close()


@asynccontextmanager
async def scoring(
    directory: Path, bootstrap: str, database_url: str, many: int
) -> AsyncIterator[tuple[House, list[Running]]]:
    async with house(directory, bootstrap, database_url) as rooms:
        members = [await add(rooms, number) for number in range(many)]
        yield rooms, members


async def add(rooms: House, number: int) -> Running:
    return await rooms.add("scoring", as_=f"scoring-{number}", KAFKA_SESSION_SECONDS=str(SESSION))


class Observer:
    """Reads what the group has applied and what the sums are."""

    def __init__(self, database_url: str) -> None:
        self._engine = create_engine(database_url, SCHEMA)

    async def __aenter__(self) -> "Observer":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._engine.dispose()

    async def applied(self) -> int:
        """How many records, by the offsets the group stores."""
        async with transaction(self._engine) as tx:
            return int(await tx.scalar(text("SELECT coalesce(sum(next_offset), 0) FROM stream_offset")) or 0)

    async def sees_progress(self, after: str) -> None:
        """Something more is applied: what "recovered" means."""
        before = await self.applied()

        async def more() -> bool:
            return await self.applied() > before

        await until(more, f"records are applied after {after}", seconds=90)

    async def finds_exact(self, history: Sequence[Event[Any]]) -> None:
        for tenant in (DEFAULT_TENANT, OTHER_TENANT):
            expected = Reference(history, tenant)
            for dimension in DIMENSIONS:
                found = await stored(self._engine, dimension, tenant=tenant)
                assert not differences(found, expected.sums(dimension)), (tenant, dimension)

    async def everything(self) -> list[dict[str, Any]]:
        return [
            await stored(self._engine, dimension, tenant=tenant)
            for tenant in (DEFAULT_TENANT, OTHER_TENANT)
            for dimension in DIMENSIONS
        ]


@pytest.mark.timeout(3600 if FULL else 420)
async def test_killed_frozen_and_rebalanced_the_group_ends_at_a_plain_recomputation(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # shown by pytest when this fails
    chance = random.Random(seed)
    async with (
        Flow(chance, topics) as flow,
        scoring(tmp_path, topics, database_url, 3) as (rooms, members),
        Observer(database_url) as observer,
    ):
        flowing = asyncio.create_task(flow.run())
        await observer.sees_progress("the start")
        faults = ["kill"] * KILLS + ["freeze"] * FREEZES + ["join", "leave"]
        chance.shuffle(faults)
        for number, fault in enumerate(faults):
            print(f"{number}: {fault}, {await observer.applied()} applied")
            await asyncio.wait_for(happen(fault, rooms, members, chance), 120)
            await observer.sees_progress(f"fault {number} ({fault})")
        flow.stop.set()
        await flowing
        await rooms.caught_up("scoring", seconds=180)
        await observer.finds_exact(flow.history)

        before = await observer.everything()
        for _ in range(2):
            await flow.publish(flow.history)
        await rooms.caught_up("scoring", seconds=180)
        assert await observer.everything() == before, "a replay of everything has changed something"
        for topic in read_by("scoring"):
            assert not await broker.read_all(topics, topic.dead_letters("scoring").name)


async def happen(fault: str, rooms: House, members: list[Running], chance: random.Random) -> None:
    victim = chance.choice(members)
    match fault:
        case "kill":
            await victim.kill()
            await victim.start(ready=False)
        case "freeze":  # a zombie: others own its partitions when it wakes and writes on
            victim.signal(signal.SIGSTOP)
            await asyncio.sleep(SESSION * 1.7)
            victim.signal(signal.SIGCONT)
        case "join":
            members.append(await add(rooms, len(rooms.members)))
        case "leave":
            members.remove(victim)
            await victim.stop()
