"""The queue of what is to be fetched, on a real database: known once, leased to one, paced and paused for all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import ingest
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from ingest.core.reading import Arrival
from ingest.core.replies import Park, Pause, Reason
from ingest.core.source import Source
from ingest.enricher.upkeep import observe
from ingest.fetch_telemetry import FetchTelemetry
from ingest.store.parked import Parked, backlogs, parked, release
from ingest.store.queue import Queue
from ingest.store.schema import Owner
from ingest.vendors.outcome import Thin
from support.until import until

SCHEMA = "ingest"
MIGRATIONS = Path(ingest.__path__[0]) / "migrations"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DESK, SURVEYS = Source(name="desk", vendor="thin"), Source(name="surveys", vendor="thin", tenant="acme")
DESKS, ACMES = Owner("default", "desk"), Owner("acme", "surveys")
FAST = 1000.0


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA, pool_size=10)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
        yield engine
    finally:
        await engine.dispose()


@pytest.fixture
def queue(engine: AsyncEngine) -> Queue:
    return Queue(engine)


def thin(name: str) -> Thin:
    return Thin("", name, {"object": name}, START)


def arrival(source: Source = DESK) -> Arrival:
    return Arrival(source.tenant, START, "request-1", f"00-{'a' * 32}-{'b' * 16}-01", "vendor=1")


async def put(queue: Queue, *names: str, source: Source = DESK) -> int:
    return await queue.put(source, [thin(name) for name in names], arrival(source))


async def aged(engine: AsyncEngine, column: str, **ago: float) -> None:
    async with transaction(engine) as tx:
        statement = text(f"UPDATE enrichment SET {column} = now() - CAST(:ago AS interval)")
        await tx.execute(statement, {"ago": timedelta(**ago)})


async def test_what_is_announced_twice_is_fetched_once_also_after_it_was_done(queue: Queue) -> None:
    assert await put(queue, "a", "b", "a") == 2
    assert await put(queue, "b", "c") == 1
    for claim in await queue.claim(DESKS, 10, FAST):
        assert await queue.done(claim)
    assert await put(queue, "a", "b", "c", "d") == 1
    assert [claim.id for claim in await queue.claim(DESKS, 10, FAST)] == ["d"]


async def test_what_was_done_is_forgotten_after_14_days_and_what_is_parked_is_not(
    queue: Queue, engine: AsyncEngine
) -> None:
    await put(queue, "a", "b", "c")
    first, second = await queue.claim(DESKS, 2, FAST)
    await queue.done(first)
    await queue.park(second, Park(Reason.REJECTED))
    await aged(engine, "received_at", days=90)
    await aged(engine, "done_at", days=13)
    assert await queue.forget() == 0
    await aged(engine, "done_at", days=15)
    assert await queue.forget() == 1
    (left,) = await backlogs(engine)
    assert (left.waiting, left.parked) == (1, 1)


async def test_a_row_that_is_done_holds_no_reference_any_more(queue: Queue, engine: AsyncEngine) -> None:
    await put(queue, "a")
    (claim,) = await queue.claim(DESKS, 1, FAST)
    await queue.done(claim)
    async with transaction(engine) as tx:
        assert await tx.scalar(text("SELECT CAST(reference AS text) FROM enrichment")) == "{}"


async def test_a_claim_carries_what_the_request_said(queue: Queue) -> None:
    await put(queue, "a")
    (claim,) = await queue.claim(DESKS, 1, FAST)
    assert (claim.owner, claim.id, claim.reference) == (DESKS, "a", {"object": "a"})
    assert (claim.attempts, claim.failing_since) == (0, None)
    assert (claim.request_id, claim.traceparent, claim.tracestate) == (
        "request-1",
        f"00-{'a' * 32}-{'b' * 16}-01",
        "vendor=1",
    )


async def test_an_id_of_any_length_and_form_is_known_again(queue: Queue) -> None:
    assert await put(queue, "ä b" * 5000) == 1
    assert await put(queue, "ä b" * 5000) == 0


async def test_many_announcing_the_same_at_once_in_any_order_add_each_once(queue: Queue) -> None:
    names = [f"n-{number}" for number in range(60)]
    orders = [names[turn:] + names[:turn] for turn in range(0, 60, 4)]
    assert sum(await asyncio.gather(*(put(queue, *order) for order in orders))) == 60


async def test_two_workers_never_hold_the_same_row(queue: Queue) -> None:
    await put(queue, *(f"n-{number}" for number in range(200)))
    found = await asyncio.gather(*(queue.claim(DESKS, 30, FAST) for _ in range(8)))
    ids = [claim.id for claims in found for claim in claims]
    assert len(ids) == len(set(ids)) == 200


async def test_a_lease_that_ran_out_is_given_to_another_and_the_first_may_say_nothing_more(engine: AsyncEngine) -> None:
    queue = Queue(engine, lease_seconds=0.05)
    await put(queue, "a")
    (first,) = await queue.claim(DESKS, 1, FAST)
    (second,) = await until(lambda: queue.claim(DESKS, 1, FAST), "the lease ends")
    assert not await queue.done(first)
    assert not await queue.retry(first, 1, Reason.TIMEOUT)
    assert not await queue.park(first, Park(Reason.REJECTED))
    assert await queue.done(second)
    assert not await queue.done(second)


async def test_a_retry_is_due_later_and_counts(queue: Queue) -> None:
    await put(queue, "a", "b")
    a, b = sorted(await queue.claim(DESKS, 2, FAST), key=lambda claim: claim.id)
    assert await queue.retry(a, 0.05, Reason.TIMEOUT)
    assert await queue.retry(b, 600, Reason.KAFKA_AWAY, failing=False)
    assert await queue.claim(DESKS, 2, FAST) == []
    (again,) = await until(lambda: queue.claim(DESKS, 2, FAST), "the retry is due")
    assert (again.id, again.attempts) == ("a", 1)
    assert again.failing_since is not None
    await queue.retry(again, 0, Reason.TIMEOUT)
    (third,) = await queue.claim(DESKS, 2, FAST)
    assert (third.attempts, third.failing_since) == (2, again.failing_since)


async def test_a_pause_holds_for_its_source_alone_and_a_shorter_one_does_not_cut_it(queue: Queue) -> None:
    await put(queue, "a")
    await put(queue, "b", source=SURVEYS)
    await queue.pause(DESKS, Pause(Reason.THROTTLED, 600))
    await queue.pause(DESKS, Pause(Reason.UNAUTHORIZED, 0))
    assert await queue.due() == [ACMES]
    assert await queue.claim(DESKS, 1, FAST) == []
    assert [claim.id for claim in await queue.claim(ACMES, 1, FAST)] == ["b"]


async def test_a_pause_ends(queue: Queue) -> None:
    await put(queue, "a")
    await queue.pause(DESKS, Pause(Reason.THROTTLED, 0.05))
    assert await until(lambda: queue.claim(DESKS, 1, FAST), "the pause ends")


async def test_all_workers_together_keep_the_rate(queue: Queue) -> None:
    await put(queue, *(f"n-{number}" for number in range(100)))
    found = await asyncio.gather(*(queue.claim(DESKS, 4, 5.0) for _ in range(10)))
    assert sum(map(len, found)) == 5


async def test_what_is_not_there_costs_no_rate(queue: Queue) -> None:
    for _ in range(10):
        assert await queue.claim(DESKS, 5, 0.5) == []
    await put(queue, "a", "b")
    for _ in range(10):
        await queue.claim(ACMES, 5, 0.5)
    assert len(await queue.claim(DESKS, 5, 0.5)) == 2


async def test_what_is_parked_is_shown_and_let_go(queue: Queue, engine: AsyncEngine) -> None:
    await put(queue, "a", "b", "c")
    for claim in await queue.claim(DESKS, 3, FAST):
        assert await queue.park(claim, Park(Reason.UNMAPPABLE, ("/answers/0", "/id")))
    shown = await parked(engine, DESKS)
    assert {one.id for one in shown} == {"a", "b", "c"}
    assert isinstance(shown[0], Parked)
    assert (shown[0].reason, shown[0].pointers) == (Reason.UNMAPPABLE, ("/answers/0", "/id"))
    assert await parked(engine, ACMES) == []
    assert await release(engine, ACMES) == 0
    assert await release(engine, DESKS, "b") == 1
    assert [claim.id for claim in await queue.claim(DESKS, 3, FAST)] == ["b"]
    assert await release(engine, DESKS) == 2
    assert {claim.id for claim in await queue.claim(DESKS, 3, FAST)} == {"a", "c"}


async def test_letting_a_source_go_ends_its_pause_and_its_waits(queue: Queue, engine: AsyncEngine) -> None:
    await put(queue, "a")
    (claim,) = await queue.claim(DESKS, 1, FAST)
    await queue.retry(claim, 600, Reason.UNAUTHORIZED, failing=False)
    await queue.pause(DESKS, Pause(Reason.UNAUTHORIZED, 600))
    await release(engine, DESKS)
    assert await queue.due() == [DESKS]
    assert len(await queue.claim(DESKS, 1, FAST)) == 1


async def test_what_waits_for_a_source_that_is_gone_is_parked_but_for_what_is_leased(
    queue: Queue, engine: AsyncEngine
) -> None:
    await put(queue, "a", "b", "c")
    (claim,) = await queue.claim(DESKS, 1, FAST)
    assert await queue.abandon(DESKS, Reason.SOURCE_GONE) == 2
    assert {one.reason for one in await parked(engine, DESKS)} == {Reason.SOURCE_GONE}
    assert await queue.done(claim)


async def test_operators_see_what_is_behind_by_source(queue: Queue, engine: AsyncEngine) -> None:
    registry = CollectorRegistry()
    telemetry = FetchTelemetry(registry)
    await put(queue, "a", "b", "c")
    await put(queue, "d", source=SURVEYS)
    (claim,) = await queue.claim(DESKS, 1, FAST)
    await queue.park(claim, Park(Reason.REJECTED))
    (claim,) = await queue.claim(ACMES, 1, FAST)
    await queue.done(claim)
    await queue.pause(ACMES, Pause(Reason.UNAUTHORIZED, 600))
    stop = asyncio.Event()
    watching = asyncio.create_task(observe(engine, telemetry, stop, seconds=0.05))

    def shown() -> str:
        return generate_latest(registry).decode()

    waiting = 'amends_ingest_enrichment_waiting{source="desk"} 2.0'
    await until(lambda: waiting in shown(), "the gauges are filled")
    assert 'amends_ingest_enrichment_parked{source="desk"} 1.0' in shown()
    assert 'amends_ingest_enrichment_waiting{source="surveys"} 0.0' in shown()
    assert 'amends_ingest_enrichment_paused{reason="unauthorized",source="surveys"} 1.0' in shown()
    oldest = 'amends_ingest_enrichment_oldest_waiting_timestamp_seconds{source="'
    assert oldest + 'desk"}' in shown()
    assert oldest + 'surveys"}' not in shown()

    await release(engine, ACMES)
    await until(lambda: 'source="surveys"} 1.0' not in shown(), "the pause is over")
    stop.set()
    await watching
