"""One suite over every ledger: the in-memory twin and PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import Event
from events.runtime.database import PostgresLedger, create_engine, ledger_tables, transaction
from events.runtime.errors import Fenced, Unavailable
from events.runtime.memory import MemoryLedger
from events.runtime.ports import Ledger
from events.runtime.stream import Partition
from support.happened import answered, event

P0, P1 = Partition("t", 0), Partition("t", 1)


@dataclass
class Kept:
    ledger: Ledger[Any]
    handler: Callable[[Any, Sequence[Event[Any]]], Awaitable[None]]
    effects: Callable[[], Awaitable[list[str]]]


async def _memory() -> AsyncIterator[Kept]:
    ledger = MemoryLedger()

    async def handler(effects: list[Any], events: Sequence[Event[Any]]) -> None:
        effects += [e.id for e in events]
        if any(e.id == "poison" for e in events):
            raise ValueError

    async def effects() -> list[str]:
        return ledger.effects

    yield Kept(ledger, handler, effects)


async def _postgres(url: str) -> AsyncIterator[Kept]:
    engine = create_engine(url, "public")
    async with transaction(engine) as tx:
        for statement in (*ledger_tables(), "CREATE TABLE effect (n int GENERATED ALWAYS AS IDENTITY, id text)"):
            await tx.execute(text(statement))

    async def handler(tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
        for e in events:
            await tx.execute(text("INSERT INTO effect (id) VALUES (:id)"), {"id": e.id})
        if any(e.id == "poison" for e in events):
            await tx.execute(text("SELECT 1/0"))

    async def effects() -> list[str]:
        async with transaction(engine) as tx:
            return list((await tx.execute(text("SELECT id FROM effect ORDER BY n"))).scalars())

    yield Kept(PostgresLedger(engine), handler, effects)
    await engine.dispose()


@pytest.fixture(params=["memory", "postgres"])
async def kept(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Kept]:
    source = _memory() if request.param == "memory" else _postgres(database_url)
    async for found in source:
        yield found


def happened(*ids: str) -> list[Event[Any]]:
    return [event("interaction.reported", answered(), id_=id_) for id_ in ids]


async def test_an_unknown_partition_starts_at_0(kept: Kept) -> None:
    assert await kept.ledger.position(P0) == 0


async def test_effects_and_offset_move_together(kept: Kept) -> None:
    assert await kept.ledger.apply(P0, 0, 2, happened("a", "b"), kept.handler) == 2
    assert await kept.ledger.position(P0) == 2
    assert await kept.effects() == ["a", "b"]


async def test_what_was_seen_before_has_no_second_effect_on_any_partition(kept: Kept) -> None:
    await kept.ledger.apply(P0, 0, 2, happened("a", "a"), kept.handler)
    assert await kept.ledger.apply(P1, 0, 2, happened("a", "b"), kept.handler) == 1
    assert await kept.effects() == ["a", "b"]


async def test_who_is_not_at_the_stored_offset_is_fenced_and_leaves_nothing(kept: Kept) -> None:
    await kept.ledger.apply(P0, 0, 2, happened("a", "b"), kept.handler)
    for start in (0, 1, 3):
        with pytest.raises(Fenced):
            await kept.ledger.apply(P0, start, 5, happened("c"), kept.handler)
    assert await kept.effects() == ["a", "b"]
    assert await kept.ledger.position(P0) == 2


async def test_a_handler_that_fails_leaves_neither_effect_nor_offset_nor_memory_of_the_event(kept: Kept) -> None:
    with pytest.raises(Exception) as error:  # noqa: PT011  (whatever the data provoked, but not "try again")
        await kept.ledger.apply(P0, 0, 2, happened("a", "poison"), kept.handler)
    assert not isinstance(error.value, Unavailable | Fenced)
    assert await kept.effects() == []
    assert await kept.ledger.position(P0) == 0
    assert await kept.ledger.apply(P0, 0, 1, happened("a"), kept.handler) == 1


async def test_a_batch_without_events_still_moves_the_offset(kept: Kept) -> None:
    assert await kept.ledger.apply(P0, 0, 7, [], kept.handler) == 0
    assert await kept.ledger.position(P0) == 7
