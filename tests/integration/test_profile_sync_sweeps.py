"""A walk over all customers, step by step under a clock of the test's own: its rate, its order, who is in it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from events.runtime.database import transaction
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.sweeps import Purpose
from profile_sync.store import sweep_steps, sweeps
from profile_sync.store.sweeps import Sweep
from profile_sync.sweeping import Sweeper
from support.moving_clock import MovingClock

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
T = "default"


class Outbox:
    """The outbox with customers in it, and sweeps over them."""

    def __init__(self, clock: MovingClock) -> None:
        self.clock = clock
        self.at = START

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        async with transaction(self.clock.engine) as tx:
            done = await tx.execute(text(statement), values)
            return list(done) if done.returns_rows else []

    async def customers(self, count: int, tenant: str = T) -> None:
        """``cus-000`` and on: each has a field in the CRM, agreed on now."""
        ids = [f"cus-{number:03}" for number in range(count)]
        for statement in (
            "INSERT INTO crm_push (tenant, customer_id, agreed_at) SELECT :tenant, unnest(CAST(:ids AS text[])), now()",
            "INSERT INTO crm_field (tenant, customer_id, field, written)"
            " SELECT :tenant, unnest(CAST(:ids AS text[])), 'language', '{\"value\": \"bn\"}'",
        ):
            await self.sql(statement, tenant=tenant, ids=ids)

    async def start(self, purpose: Purpose = Purpose.BACKFILL, rate: float = 4, tenant: str = T) -> UUID:
        async with transaction(self.clock.engine) as tx:
            found = await sweeps.start(tx, tenant, purpose, rate, "Dana")
        assert found is not None
        return found.id

    async def step(self, id_: UUID, seconds: float = 0, tenant: str = T) -> int:
        self.at += timedelta(seconds=seconds)
        await self.clock.set(self.at)
        async with transaction(self.clock.engine) as tx:
            return await sweep_steps.step(tx, tenant, id_)

    async def seen(self, id_: UUID, tenant: str = T) -> Sweep:
        async with transaction(self.clock.engine) as tx:
            found = await sweeps.find(tx, tenant, id_)
        assert found is not None
        return found

    async def queued(self) -> list[str]:
        """In the outbox for a sweep, in the order of the walk."""
        rows = await self.sql(
            "SELECT customer_id FROM crm_push WHERE sweep IS NOT NULL AND state = 'pending' ORDER BY 1"
        )
        return [row.customer_id for row in rows]

    async def settle(self, *ids: str, drifted: bool = False) -> None:
        """What the pusher does when the CRM holds what it should."""
        for id_ in ids:
            async with transaction(self.clock.engine) as tx:
                which = "WHERE tenant = 'default' AND customer_id = :id"
                row = (await tx.execute(text(f"SELECT sweep FROM crm_push {which}"), {"id": id_})).one()
                await tx.execute(text(f"UPDATE crm_push SET state = 'done', sweep = NULL {which}"), {"id": id_})
                await sweeps.checked(tx, row.sweep, drifted)

    async def walk(self, id_: UUID) -> list[str]:
        """To its end, everything settled at once. The order in which customers came."""
        came: list[str] = []
        for _ in range(1000):
            await self.step(id_, 1)
            now = await self.queued()
            came += now
            await self.settle(*now)
            if not (await self.seen(id_)).running:
                return came
        raise AssertionError("it never ends")


@pytest.fixture
async def outbox(database_url: str) -> AsyncIterator[Outbox]:
    clock = MovingClock(database_url, SCHEMA)
    await clock.migrate(MIGRATIONS)
    await clock.set(START)
    yield Outbox(clock)
    await clock.close()


async def test_every_customer_is_walked_over_once_in_order(outbox: Outbox) -> None:
    await outbox.customers(30)
    id_ = await outbox.start()
    assert await outbox.walk(id_) == [f"cus-{number:03}" for number in range(30)]
    found = await outbox.seen(id_)
    assert (found.total, found.queued, found.checked, found.drifted) == (30, 30, 30, 0)
    assert found.finished_at is not None


async def test_the_rate_is_kept_to_the_customer(outbox: Outbox) -> None:
    await outbox.customers(100)
    id_ = await outbox.start(rate=4)
    await outbox.step(id_)  # counts them
    taken = []
    for _ in range(40):
        taken.append(await outbox.step(id_, 0.25))
        await outbox.settle(*await outbox.queued())
    assert sum(taken) == 40
    assert max(taken) == 1


async def test_a_standstill_is_not_made_up_for(outbox: Outbox) -> None:
    await outbox.customers(100)
    id_ = await outbox.start(rate=4)
    await outbox.step(id_)
    assert await outbox.step(id_, 3600) == 2


async def test_no_more_than_sixteen_wait_in_the_outbox(outbox: Outbox) -> None:
    await outbox.customers(100)
    id_ = await outbox.start(rate=50)
    for _ in range(10):
        await outbox.step(id_, 1)
    assert len(await outbox.queued()) == 16
    await outbox.settle("cus-000", "cus-001")
    assert await outbox.step(id_, 1) == 2


async def test_while_the_crm_asks_for_quiet_nothing_is_queued(outbox: Outbox) -> None:
    await outbox.customers(10)
    id_ = await outbox.start()
    await outbox.step(id_)
    await outbox.sql("INSERT INTO crm_pause VALUES ('default', now() + interval '10 seconds', 'throttled')")
    assert await outbox.step(id_, 5) == 0
    assert await outbox.step(id_, 6) > 0


async def test_a_second_one_for_the_same_tenant_has_to_wait(outbox: Outbox) -> None:
    await outbox.customers(1)
    await outbox.customers(1, "other")
    id_ = await outbox.start()
    async with transaction(outbox.clock.engine) as tx:
        assert await sweeps.start(tx, T, Purpose.RECONCILE, 1, "Ravi") is None
        assert await sweeps.start(tx, "other", Purpose.RECONCILE, 1, "Ravi") is not None
    await outbox.walk(id_)
    await outbox.start(Purpose.RECONCILE)


async def test_cancelled_it_queues_no_more_and_what_waits_is_still_counted(outbox: Outbox) -> None:
    await outbox.customers(10)
    id_ = await outbox.start()
    await outbox.step(id_)
    await outbox.step(id_, 1)
    async with transaction(outbox.clock.engine) as tx:
        assert await sweeps.cancel(tx, T, id_)
        assert not await sweeps.cancel(tx, T, id_)
    assert await outbox.step(id_, 1) == 0
    waiting = await outbox.queued()
    assert len(waiting) == 2
    await outbox.settle(*waiting)
    found = await outbox.seen(id_)
    assert (found.checked, found.finished_at) == (2, None)
    await outbox.start()


async def test_another_tenants_customers_are_left_alone(outbox: Outbox) -> None:
    await outbox.customers(3)
    await outbox.customers(3, "other")
    id_ = await outbox.start(tenant="other")
    for _ in range(3):
        await outbox.step(id_, 1, "other")
    assert await outbox.sql("SELECT 1 FROM crm_push WHERE tenant = 'default' AND state <> 'done'") == []
    assert len(await outbox.sql("SELECT 1 FROM crm_push WHERE sweep = :id", id=id_)) == 3


@pytest.mark.parametrize(("purpose", "walked"), [(Purpose.BACKFILL, ["cus-000"]), (Purpose.RECONCILE, [])])
async def test_what_is_parked_waits_for_a_person_or_a_new_crm(
    outbox: Outbox, purpose: Purpose, walked: list[str]
) -> None:
    await outbox.customers(1)
    await outbox.sql("UPDATE crm_push SET state = 'parked', reason = 'rejected'")
    assert await outbox.walk(await outbox.start(purpose)) == walked


async def test_nobody_is_walked_over_of_whom_there_is_nothing_to_tell(outbox: Outbox) -> None:
    await outbox.customers(3)
    await outbox.sql("DELETE FROM crm_field WHERE customer_id = 'cus-001'")
    await outbox.sql("UPDATE crm_push SET erasing = true, state = 'pending' WHERE customer_id = 'cus-002'")
    id_ = await outbox.start()
    assert await outbox.walk(id_) == ["cus-000"]
    assert (await outbox.seen(id_)).total == 1


async def test_what_is_written_anew_has_another_key_but_what_waits_keeps_its_own(outbox: Outbox) -> None:
    await outbox.customers(2)
    await outbox.sql("UPDATE crm_push SET version = 7")
    await outbox.sql("UPDATE crm_push SET state = 'pending', attempts = 3, due_at = :at WHERE customer_id = 'cus-001'",
                     at=START + timedelta(hours=1))  # fmt: skip
    id_ = await outbox.start()
    await outbox.step(id_)
    await outbox.step(id_, 1)
    rows = await outbox.sql("SELECT version, attempts, due_at > now() FROM crm_push ORDER BY customer_id")
    assert [tuple(row) for row in rows] == [(8, 0, False), (7, 3, True)]


async def test_it_ends_though_the_crm_goes_on_failing_for_somebody(outbox: Outbox) -> None:
    await outbox.customers(2)
    id_ = await outbox.start()
    await outbox.step(id_)
    await outbox.step(id_, 1)
    await outbox.settle("cus-000")
    assert await outbox.step(id_, 1) == 0
    assert (await outbox.seen(id_)).running
    await outbox.sql("UPDATE crm_push SET attempts = 1 WHERE customer_id = 'cus-001'")
    await outbox.step(id_, 1)
    found = await outbox.seen(id_)
    assert (found.running, found.queued, found.checked) == (False, 2, 1)


async def test_drift_counts_where_it_was_looked_for(outbox: Outbox) -> None:
    await outbox.customers(1)
    for purpose, drifted in ((Purpose.BACKFILL, 0), (Purpose.RECONCILE, 1)):
        id_ = await outbox.start(purpose)
        await outbox.step(id_)
        await outbox.step(id_, 1)
        await outbox.settle("cus-000", drifted=True)
        assert (await outbox.seen(id_)).drifted == drifted
        await outbox.walk(id_)


async def test_two_replicas_at_once_take_one_step(outbox: Outbox) -> None:
    await outbox.customers(60)
    id_ = await outbox.start(rate=4)
    await outbox.step(id_)
    for _ in range(10):
        outbox.at += timedelta(seconds=1)
        await outbox.clock.set(outbox.at)
        assert sum(await asyncio.gather(*(outbox.step(id_) for _ in range(4)))) == 2
        await outbox.settle(*await outbox.queued())
    assert (await outbox.seen(id_)).queued == 20


async def test_a_kill_in_the_middle_of_a_step_skips_nobody_and_repeats_nobody(outbox: Outbox) -> None:
    await outbox.customers(20)
    id_ = await outbox.start(rate=4)
    await outbox.step(id_)
    await outbox.step(id_, 1)
    came = await outbox.queued()
    await outbox.settle(*came)
    outbox.at += timedelta(seconds=1)
    await outbox.clock.set(outbox.at)
    async with outbox.clock.engine.connect() as tx:  # ends without a commit, as by a kill
        assert await sweep_steps.step(tx, T, id_) == 2
    assert came + await outbox.walk(id_) == [f"cus-{number:03}" for number in range(20)]


async def test_every_tenant_is_reconciled_by_itself_a_day_after_it_agreed_and_then_daily(outbox: Outbox) -> None:
    await outbox.customers(20)
    sweeper = Sweeper(outbox.clock.engine, reconcile_hours=24)
    for hours, expected in ((23.0, 0), (25.0, 1), (26.0, 1)):
        await outbox.clock.set(START + timedelta(hours=hours))
        await asyncio.gather(sweeper.start_due(), sweeper.start_due())
        assert len(await outbox.sql("SELECT 1 FROM sweep")) == expected
    (row,) = await outbox.sql("SELECT * FROM sweep")
    assert (row.purpose, row.asked_by) == ("reconcile", "schedule")
    assert row.rate_per_second == pytest.approx(0.1)
    outbox.at = START + timedelta(hours=26)
    await outbox.walk(row.id)
    for hours, expected in ((48.0, 1), (49.5, 2)):
        await outbox.clock.set(START + timedelta(hours=hours))
        await sweeper.start_due()
        assert len(await outbox.sql("SELECT 1 FROM sweep")) == expected


async def test_a_large_tenant_is_reconciled_in_half_of_the_time_until_the_next(outbox: Outbox) -> None:
    await outbox.customers(900)
    await outbox.clock.set(START + timedelta(hours=2))
    await Sweeper(outbox.clock.engine, reconcile_hours=1).start_due()
    (row,) = await outbox.sql("SELECT * FROM sweep")
    assert row.rate_per_second == pytest.approx(0.5)
