"""On the real store: any history, in batches, with racing consumers, ends at a plain recomputation over the facts."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import DEFAULT_TENANT, Event
from events.hours.calendar_file import calendars
from events.runtime.database import PostgresLedger
from events.runtime.errors import Unavailable
from events.runtime.stream import Partition
from scoring.core.attribution import DIMENSIONS
from scoring.core.histogram import RELATIVE_ERROR
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.handler import Handler
from scoring.store.sums import SHARDS, Sums
from scoring.upkeep.rebuild import rebuild
from support import reference_hours
from support.metrics import EVER, histograms, scoring_database, stored
from support.reference import LATER, Reference, differences
from support.reference_histories import MONDAY, OTHER_TENANT, RECORDED, WEEK, Histories, without_twins

pytestmark = pytest.mark.timeout(400)  # on a busy machine
CALENDARS = calendars(reference_hours.DOCUMENT)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


class Consumer:
    """One consumer of one partition: its offsets, the inbox and the handler, as in the service."""

    def __init__(self, engine: AsyncEngine, number: int) -> None:
        self._ledger = PostgresLedger(engine)
        self._handler = Handler(Sums(number % SHARDS), CALENDARS)
        self._partition = Partition("history", number)
        self._offset = 0

    async def take(self, batch: Sequence[Event[Any]]) -> None:
        """However often somebody else is quicker."""
        while True:
            try:
                return await self.try_to_take(batch)
            except Unavailable:
                await asyncio.sleep(0.01)

    async def try_to_take(self, batch: Sequence[Event[Any]]) -> None:
        """Once. Raises Unavailable where somebody else was quicker: then nothing was done."""
        end = self._offset + len(batch)
        await self._ledger.apply(self._partition, self._offset, end, batch, self._handler)
        self._offset = end


EVERYTHING = Retention(minutes=timedelta(days=9_000), hours=timedelta(days=9_000))


async def is_exact(engine: AsyncEngine, history: Iterable[Event[Any]], windows: Iterable[Window] = (EVER,)) -> None:
    for tenant in (DEFAULT_TENANT, OTHER_TENANT):
        expected = Reference(history, tenant, open_ms=reference_hours.open_ms)
        for window in windows:
            for now in (LATER, RECORDED, MONDAY + WEEK + timedelta(seconds=61)):
                for dimension in DIMENSIONS:
                    found = await stored(engine, dimension, window, tenant, now=now)
                    assert not differences(found, expected.sums(dimension, (window.start, window.end), now=now))
        await has_right_percentiles(engine, expected, tenant)


async def has_right_percentiles(engine: AsyncEngine, expected: Reference, tenant: str) -> None:
    """Against the plain list of all durations, each percentile by nearest rank."""
    for dimension in DIMENSIONS:
        found = await histograms(engine, dimension, tenant=tenant)
        durations = expected.durations(dimension)
        assert {key: set(named) for key, named in found.items()} == {
            key: set(named) for key, named in durations.items()
        }
        for key, named in durations.items():
            for name, sorted_ms in named.items():
                assert found[key][name].n == len(sorted_ms)
                for share in (0.5, 0.9, 0.99):
                    exact = sorted_ms[max(0, -int(-share * len(sorted_ms) // 1) - 1)] / 1000
                    told = found[key][name].percentile(share)
                    assert told == pytest.approx(exact, rel=RELATIVE_ERROR + 1e-9, abs=1e-9), (key, name, share)


def some_windows(chance: random.Random) -> list[Window]:
    def moment() -> datetime:
        return MONDAY + timedelta(minutes=chance.randrange(-3000, 40_000))

    starts = [moment() for _ in range(6)]
    return [EVER, *(Window.between(start, start + timedelta(minutes=chance.choice((1, 90, 5000)))) for start in starts)]


@pytest.mark.parametrize("seed", range(8))
async def test_any_history_in_any_order_ends_at_a_plain_recomputation(engine: AsyncEngine, seed: int) -> None:
    chance = random.Random(seed)
    histories = Histories(
        chance.choice, contacts=3 + seed, answers=3 + seed, customers=1 + seed % 3, erasures=seed % 2 == 1
    )
    history = [histories.next() for _ in range(120)]
    consumers = [Consumer(engine, number) for number in range(3)]
    waiting, resent = list(history), [chance.choice(history) for _ in range(40)]
    accepted: list[Event[Any]] = []
    while waiting:
        size = chance.randrange(1, 30)
        batch, waiting = waiting[:size], waiting[size:]
        accepted += batch
        await chance.choice(consumers).take([*batch, *(e for e in resent if e in accepted and chance.random() < 0.2)])
    await is_exact(engine, history, some_windows(chance))
    for consumer in consumers:
        await consumer.take(history)
    await is_exact(engine, history)


@pytest.mark.parametrize("seed", range(4))
async def test_consumers_racing_on_the_same_things_end_at_a_plain_recomputation(engine: AsyncEngine, seed: int) -> None:
    chance = random.Random(seed)
    histories = Histories(chance.choice, erasures=seed % 2 == 0)
    history = without_twins(histories.next() for _ in range(240))
    shares = [[e for e in history if chance.random() < 0.6] for _ in range(3)]
    shares[0] += [event for event in history if not any(event in share for share in shares)]

    async def consume(number: int, share: list[Event[Any]]) -> None:
        consumer, order = Consumer(engine, number), random.Random(seed + number)
        order.shuffle(share)
        while share:
            size = order.randrange(1, 12)
            await consumer.take(share[:size])
            share = share[size:]

    await asyncio.gather(*(consume(number, share) for number, share in enumerate(shares)))
    await is_exact(engine, history)


async def test_sums_rebuilt_while_consumers_write_are_exact(engine: AsyncEngine) -> None:
    chance = random.Random(5)
    histories = Histories(chance.choice, contacts=400, answers=400, customers=100, others=50)
    history = without_twins(histories.next() for _ in range(1200))
    first, rest = history[:600], history[600:]
    consumers = [Consumer(engine, number) for number in range(2)]
    for start in range(0, len(first), 50):
        await consumers[0].take(first[start : start + 50])

    async def consume(consumer: Consumer, share: list[Event[Any]]) -> None:
        for start in range(0, len(share), 7):
            await consumer.take(share[start : start + 7])

    async def rebuilding(consuming: "asyncio.Future[Any]") -> int:
        times = 0
        while not consuming.done():
            await rebuild(engine, CALENDARS, EVERYTHING)
            times += 1
        return times

    consuming = asyncio.gather(consume(consumers[0], rest[::2]), consume(consumers[1], rest[1::2]))
    assert await rebuilding(consuming) > 0
    await consuming
    await is_exact(engine, history)
    await rebuild(engine, CALENDARS, EVERYTHING)
    await is_exact(engine, history)
