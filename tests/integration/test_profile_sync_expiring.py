"""What time takes away, under a clock of the test's own: notes run out, habits are forgotten."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from events.runtime.database import transaction
from profile_sync import expiring
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.preferences import Customer, Note, Report, ResponseId, Said, Slot, Stamp
from profile_sync.expiring import Expirer
from profile_sync.noting import note
from profile_sync.store import contacts, erased
from profile_sync.store.contacts import Contact
from support.moving_clock import MovingClock
from support.until import until

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Book:
    def __init__(self, clock: MovingClock) -> None:
        self.clock = clock
        self.expirer = Expirer(clock.engine)

    async def sql(self, statement: str) -> list[Any]:
        async with transaction(self.clock.engine) as tx:
            return [tuple(row) for row in await tx.execute(text(statement))]

    async def say(
        self, value: Any, hours: float | None, *, said: float = 0, confidence: float = 1.0, customer: str = "cus-42"
    ) -> None:
        """For the slot ``language``: stated ``said`` hours after the start, true for so many hours after the start."""
        who, at = Customer("default", customer), START + said * HOUR
        response, stamp = ResponseId("default", "/survey", f"{customer}-{value}"), Stamp(1, f"e-{customer}-{value}")
        spoken = Said(Slot("language"), value, "text/1", confidence)
        until = None if hours is None else START + hours * HOUR
        async with transaction(self.clock.engine) as tx:
            await note(tx, [Report(response, stamp, at, (Note(response, stamp, who, spoken, at, at, until),))])

    async def statuses(self) -> dict[str, str]:
        return dict(await self.sql("SELECT value #>> '{}', status FROM note"))


@pytest.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    clock = MovingClock(database_url, SCHEMA)
    await clock.migrate(MIGRATIONS)
    await clock.set(START)
    yield Book(clock)
    await clock.close()


async def test_a_note_whose_time_is_over_expires_and_the_crm_and_the_topic_are_told(book: Book) -> None:
    await book.say("bn", 2)
    ((before,),) = await book.sql("SELECT version FROM crm_push")
    await book.clock.set(START + 1.9 * HOUR)
    assert await book.expirer.look() == 0
    assert await book.statuses() == {"bn": "active"}
    await book.clock.set(START + 2 * HOUR)
    assert await book.expirer.look() == 1
    assert await book.statuses() == {"bn": "expired"}
    assert await book.sql("SELECT state, version FROM crm_push") == [("pending", before + 1)]
    assert await book.sql("SELECT what FROM announcement ORDER BY number") == [("noted",), ("retracted",)]
    assert await book.expirer.look() == 0


async def test_what_was_said_before_holds_again_where_it_had_no_end(book: Book) -> None:
    await book.say("bn", None)
    await book.say("hi", 2, said=1)
    assert await book.statuses() == {"bn": "superseded", "hi": "active"}
    await book.clock.set(START + 3 * HOUR)
    await book.expirer.look()
    assert await book.statuses() == {"bn": "active", "hi": "expired"}


async def test_what_waits_for_a_person_expires_too_and_nobody_is_told(book: Book) -> None:
    await book.say("bn", 2, confidence=0.5)
    assert await book.statuses() == {"bn": "proposed"}
    await book.clock.set(START + 3 * HOUR)
    await book.expirer.look()
    assert await book.statuses() == {"bn": "expired"}
    assert await book.sql("SELECT * FROM announcement") == []


async def test_two_replicas_expire_each_note_once(book: Book) -> None:
    for number in range(30):
        await book.say("bn", 2, customer=f"cus-{number}")
    await book.clock.set(START + 3 * HOUR)
    await asyncio.gather(*(Expirer(book.clock.engine).look() for _ in range(4)))
    assert await book.sql("SELECT status, count(*) FROM note GROUP BY 1") == [("expired", 30)]
    assert await book.sql("SELECT version, count(*) FROM crm_push GROUP BY 1") == [(2, 30)]
    assert await book.sql("SELECT what, count(*) FROM announcement GROUP BY 1 ORDER BY 1") == [
        ("noted", 30),
        ("retracted", 30),
    ]


async def test_more_than_one_batch_is_looked_at(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "NOTES_AT_ONCE", 2)
    for number in range(5):
        await book.say("bn", 2, customer=f"cus-{number}")
    await book.clock.set(START + 3 * HOUR)
    stop = asyncio.Event()
    running = asyncio.create_task(book.expirer.run(stop))

    async def over() -> bool:
        return not await book.sql("SELECT 1 FROM note WHERE status = 'active'")

    await until(over, "all five are looked at, in one round", seconds=10)
    stop.set()
    await running


async def test_a_customer_who_was_erased_does_not_come_back_by_it(book: Book) -> None:
    await book.say("bn", 2)
    async with transaction(book.clock.engine) as tx:
        await erased.erase(tx, {Customer("default", "cus-42")})
    await book.clock.set(START + 3 * HOUR)
    assert await book.expirer.look() == 0


async def test_contacts_that_habits_no_longer_look_back_on_are_forgotten(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "CONTACTS_AT_ONCE", 2)
    ages = (0, 100, 179, 181, 200, 300, 400, 500)
    kept = [
        Contact("default", "/pbx", f"i-{age}", 1, "cus-42", "chat", START - timedelta(days=age), f"e-{age}")
        for age in ages
    ]
    async with transaction(book.clock.engine) as tx:
        await contacts.keep(tx, kept)
    await book.expirer.forget()
    left = await book.sql("SELECT interaction_id FROM contact ORDER BY at DESC")
    assert left == [("i-0",), ("i-100",), ("i-179",)]
