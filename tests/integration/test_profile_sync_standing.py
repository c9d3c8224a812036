"""What profile-sync tells of how things stand, from a real database under a clock of the test's own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from events.runtime.database import transaction
from profile_sync.core.preferences import Customer, Note, Report, ResponseId, Said, Slot, Stamp, Value
from profile_sync.noting import note
from profile_sync.store import erased
from profile_sync.telemetry import EXTRACTORS, Standing, Telemetry
from profile_sync.watching import Watcher
from support.moving_clock import MovingClock
from support.preferences_api import MIGRATIONS, SCHEMA

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Page:
    def __init__(self, clock: MovingClock) -> None:
        self.clock = clock
        self.registry = CollectorRegistry()
        self.watcher = Watcher(clock.engine, Standing(self.registry))

    async def do(self, statement: str) -> None:
        async with transaction(self.clock.engine) as tx:
            await tx.execute(text(statement))

    async def say(
        self, customer: str, value: Value, extractor: str, confidence: float = 1.0, source: str = "/survey"
    ) -> str:
        who, response = Customer("default", customer), ResponseId("default", source, f"{customer}-{extractor}")
        stamp, said = Stamp(1, f"e-{customer}-{extractor}"), Said(Slot("language"), value, extractor, confidence)
        made = Note(response, stamp, who, said, START, START)
        async with transaction(self.clock.engine) as tx:
            await note(tx, [Report(response, stamp, START, (made,))])
        return made.id

    async def told(self, hours: float, *, notes: bool = False) -> dict[Any, float]:
        """What the page says so many hours after the start, but for zeros: value by name, or by name and labels."""
        await self.clock.set(START + timedelta(hours=hours))
        await self.watcher.look()
        if notes:
            await self.watcher.count()
        found = {}
        for family in self.registry.collect():
            for sample in family.samples:
                if sample.value:
                    labels = tuple(sample.labels.values())
                    found[(sample.name, *labels) if labels else sample.name] = sample.value
        return found


@pytest.fixture
async def page(database_url: str) -> AsyncIterator[Page]:
    clock = MovingClock(database_url, SCHEMA)
    await clock.migrate(MIGRATIONS)
    await clock.set(START)
    yield Page(clock)
    await clock.close()


async def test_where_nothing_was_said_every_number_is_there_and_zero(page: Page) -> None:
    assert await page.told(0, notes=True) == {}
    names = {sample.name for family in page.registry.collect() for sample in family.samples}
    assert len(names) == 15
    assert set(EXTRACTORS) == {"stated", "structured", "text", "habit"}


async def test_what_waits_is_told_with_how_long(page: Page) -> None:
    await page.say("cus-1", "bn", "stated/1")
    await page.say("cus-2", "bn", "text/1", 0.5)
    await page.say("cus-3", "chat", "habit/1", 0.4, "urn:amends:habit")
    assert await page.told(2) == {
        "amends_crm_pending_pushes": 1,
        "amends_crm_oldest_pending_seconds": 7200,
        "amends_preferences_proposed": 1,
        "amends_preferences_oldest_proposed_age_seconds": 7200,
        "amends_preferences_hints": 1,
        "amends_preferences_announcements_waiting": 1,
        "amends_preferences_oldest_announcement_age_seconds": 7200,
    }


async def test_an_erasure_is_told_until_the_crm_has_carried_it_out(page: Page) -> None:
    await page.say("cus-1", "bn", "stated/1")
    await page.do("UPDATE crm_push SET state = 'done', pending_since = NULL")
    async with transaction(page.clock.engine) as tx:
        await erased.erase(tx, {Customer("default", "cus-1")})
    for state in ("pending", "parked"):
        await page.do(f"UPDATE crm_push SET state = '{state}'")
        told = await page.told(3)
        assert told["amends_crm_pending_erasures"] == 1
        assert told["amends_crm_oldest_erasure_age_seconds"] == 3 * 3600
    await page.do("DELETE FROM crm_push")
    assert await page.told(3) == {}


async def test_notes_are_told_by_who_found_them_and_what_people_decided(page: Page) -> None:
    await page.say("cus-1", "bn", "stated/1")
    await page.say("cus-2", "bn", "text/1", 0.9)
    id_ = await page.say("cus-3", "bn", "text/2", 0.5)
    await page.do(f"UPDATE note SET decision = 'accepted' WHERE note_id = '{id_}'")
    await page.say("cus-4", "bn", "gone/1")
    told = await page.told(0, notes=True)
    assert {name: value for name, value in told.items() if isinstance(name, tuple)} == {
        ("amends_preferences_notes", "stated", "active"): 1,
        ("amends_preferences_notes", "text", "active"): 1,
        ("amends_preferences_notes", "text", "proposed"): 1,
        ("amends_preferences_decided_notes", "accepted"): 1,
    }


async def test_a_pause_is_told_with_its_reason_while_it_lasts(page: Page) -> None:
    for tenant in ("a", "b"):
        await page.do(f"INSERT INTO crm_pause VALUES ('{tenant}', now() + interval '1 hour', 'unauthorized')")
    assert await page.told(0.5) == {("amends_crm_paused_tenants", "unauthorized"): 2}
    assert await page.told(1.5) == {}


async def test_walks_under_way_are_told_of_and_those_that_are_over_are_not(page: Page) -> None:
    walk = "INSERT INTO sweep (tenant, purpose, rate_per_second, asked_by, total, checked, finished_at) VALUES"
    await page.do(f"{walk} ('a', 'backfill', 1, 'Dana', 100, 30, NULL), ('b', 'backfill', 1, 'Dana', NULL, 0, NULL)")
    await page.do(f"{walk} ('c', 'reconcile', 1, 'Dana', 9, 9, now())")
    assert await page.told(0) == {
        ("amends_crm_sweeps_running", "backfill"): 2,
        ("amends_crm_sweep_customers", "backfill", "total"): 100,
        ("amends_crm_sweep_customers", "backfill", "checked"): 30,
    }


def test_what_this_process_does_starts_at_zero_with_every_label() -> None:
    registry = CollectorRegistry()
    telemetry = Telemetry(registry)
    assert registry.get_sample_value("amends_crm_breakers", {"state": "half_open"}) == 0
    assert registry.get_sample_value("amends_crm_drifted_total") == 0
    telemetry.drifted()
    assert registry.get_sample_value("amends_crm_drifted_total") == 1
