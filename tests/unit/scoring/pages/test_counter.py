"""The public numbers, while many ask and while the database is away."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from events.runtime.errors import Unavailable
from scoring.core.measures import Sums
from scoring.core.retention import Retention
from scoring.pages.counter import Counter
from scoring.pages.published import Published

NOW = datetime(2026, 3, 2, 12, 2, tzinfo=UTC)


class Database:
    """An engine and the panes behind it."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise OSError
        yield

    async def sums(self, *_: Any, **__: Any) -> Mapping[str, Sums]:
        return {"": {"csat_satisfied": 90, "csat_dissatisfied": 10}}


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def counter(database: Database) -> Counter:
    return Counter(database, database, Retention(), lambda: NOW)  # type: ignore[arg-type]


async def test_many_who_ask_at_once_cost_one_reading(counter: Counter, database: Database) -> None:
    found = await asyncio.gather(*(counter.snapshot(Published()) for _ in range(200)))
    assert {snapshot.readings[0].text for snapshot in found} == {"90 %"}
    assert database.asked == 1


async def test_another_choice_is_read_at_once(counter: Counter) -> None:
    await counter.snapshot(Published())
    found = await counter.snapshot(Published(minimum_n=200))
    assert not found.readings[0].enough


async def test_many_who_ask_while_the_database_is_away_cost_one_attempt(counter: Counter, database: Database) -> None:
    database.away = True
    found = await asyncio.gather(*(counter.snapshot(Published()) for _ in range(200)), return_exceptions=True)
    assert {type(each) for each in found} == {Unavailable}
    assert database.asked == 1
