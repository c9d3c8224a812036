"""The consume loop, on the in-memory twin: what it promises whatever the data or the dependencies do."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from events.envelope import Event
from events.runtime.consume import Pace, consume
from events.runtime.dead_letters import MAX_IN_A_ROW, DeadLetters, Reason
from events.runtime.errors import Stuck
from events.runtime.memory import MemoryBroker, MemoryLedger, MemoryPublisher, MemorySource
from events.runtime.stream import Outgoing, Partition, Record
from events.runtime.telemetry import ConsumerTelemetry
from support.happened import answered, event, record
from support.until import until

QUICK = Pace(poll=0.01, retries=(0.01,), stall=0.3)


class House:
    """One consumer named scoring, its log and its ledger."""

    def __init__(self, *, partitions: int = 1) -> None:
        self.broker = MemoryBroker({"interactions": partitions, "interactions-scoring-dlq": 1})
        self.publisher = MemoryPublisher(self.broker)
        self.ledger = MemoryLedger()
        self.registry = CollectorRegistry()
        self.stop = asyncio.Event()
        self.refuse: set[str] = set()
        self.batches: list[int] = []

    async def handle(self, effects: list[Any], events: Sequence[Event[Any]]) -> None:
        self.batches.append(len(events))
        for happened in events:
            if happened.data.interaction_id in self.refuse:
                raise ValueError("this one cannot be applied")
            effects.append(happened.data.interaction_id)

    def start(self) -> asyncio.Task[None]:
        source = MemorySource(self.broker, ["interactions"], "scoring")
        letters = DeadLetters(self.publisher, "scoring")
        telemetry = ConsumerTelemetry(self.registry, "scoring")

        async def run() -> None:
            try:
                await consume(source, self.ledger, (self.handle,), letters, telemetry, self.stop, QUICK)
            finally:
                await source.close()

        return asyncio.create_task(run())

    async def say(self, *names: str) -> None:
        await self.publisher.publish([record(event("interaction.reported", answered(name))) for name in names])

    async def applied(self, count: int) -> list[Any]:
        await until(lambda: sum(self.ledger.offsets.values()) >= count, f"{count} records behind us", seconds=5)
        return self.ledger.effects

    @property
    def dead(self) -> list[Record]:
        return self.broker.logs[Partition("interactions-scoring-dlq", 0)]

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


async def ended(task: asyncio.Task[None], house: House) -> None:
    house.stop.set()
    await asyncio.wait_for(task, 5)


async def test_what_was_published_is_applied_in_order() -> None:
    house = House()
    await house.say("a", "b", "c")
    task = house.start()
    assert await house.applied(3) == ["a", "b", "c"]
    await ended(task, house)


async def test_the_same_event_twice_has_its_effect_once() -> None:
    house = House()
    twice = record(event("interaction.reported", answered("a"), id_="same"))
    await house.publisher.publish([twice, twice])
    task = house.start()
    assert await house.applied(2) == ["a"]
    assert house.counted("amends_consumer_duplicates_total", topic="interactions") == 1
    await ended(task, house)


async def test_poison_is_dead_lettered_and_everything_else_applies() -> None:
    house = House()
    house.refuse = {"poison"}
    await house.say("a", "b", "poison", "c", "d")
    task = house.start()
    assert await house.applied(5) == ["a", "b", "c", "d"]
    [letter] = house.dead
    assert dict(letter.headers)["dlq_reason"] == b"not-applicable"
    assert dict(letter.headers)["dlq_offset"] == b"2"
    await ended(task, house)


async def test_a_record_that_is_no_event_is_kept_byte_for_byte_with_its_reason() -> None:
    house = House()
    await house.publisher.publish([Outgoing("interactions", b"k", b"\xff{", (("ce_id", b"1"),))])
    await house.say("a")
    task = house.start()
    assert await house.applied(2) == ["a"]
    [letter] = house.dead
    assert (letter.key, letter.value, letter.headers[0]) == (b"k", b"\xff{", ("ce_id", b"1"))
    assert house.counted("amends_consumer_dead_letters_total", topic="interactions", reason=Reason.INVALID) == 1
    await ended(task, house)


async def test_an_unknown_event_type_is_a_dead_letter_of_that_reason() -> None:
    house = House()
    headers = tuple(
        (name, b"something.else" if name == "ce_type" else value)
        for name, value in record(event("interaction.reported", answered())).headers
    )
    await house.publisher.publish([Outgoing("interactions", b"k", b"{}", headers)])
    task = house.start()
    await house.applied(1)
    assert dict(house.dead[0].headers)["dlq_reason"] == b"unknown-type"
    await ended(task, house)


async def test_a_dead_letter_says_nothing_of_what_it_holds() -> None:
    house = House()
    bad = record(event("interaction.reported", answered("a", team="canary-team")))
    await house.publisher.publish([Outgoing(bad.topic, bad.key, bad.value.replace(b"phone", b"canary"), bad.headers)])  # type: ignore[union-attr]
    task = house.start()
    await house.applied(1)
    origin = [value for name, value in house.dead[0].headers if name.startswith("dlq_")]
    assert not any(b"canary" in value for value in origin)
    await ended(task, house)


async def test_a_database_that_is_away_is_waited_for_and_nothing_is_dead_lettered() -> None:
    house = House()
    house.ledger.away = True
    await house.say("a")
    task = house.start()
    await until(lambda: house.counted("amends_consumer_retries_total") > 3, "some retries", seconds=5)
    assert not house.dead
    house.ledger.away = False
    assert await house.applied(1) == ["a"]
    await ended(task, house)


async def test_a_dead_letter_that_cannot_be_stored_holds_the_offset() -> None:
    house = House()
    house.refuse = {"poison"}
    await house.say("poison")
    away = MemoryPublisher(MemoryBroker({}))
    away._broker.away = True
    source = MemorySource(house.broker, ["interactions"], "scoring")
    telemetry = ConsumerTelemetry(house.registry, "scoring")
    letters = DeadLetters(away, "scoring")
    task = asyncio.create_task(consume(source, house.ledger, (house.handle,), letters, telemetry, house.stop, QUICK))
    await until(lambda: house.counted("amends_consumer_retries_total") > 3, "some retries", seconds=5)
    assert not any(house.ledger.offsets.values())
    await ended(task, house)


async def test_asked_to_stop_while_the_database_is_away_it_stops() -> None:
    house = House()
    house.ledger.away = True
    await house.say("a")
    task = house.start()
    await until(lambda: house.counted("amends_consumer_retries_total") > 0, "a retry", seconds=5)
    await ended(task, house)


async def test_a_new_consumer_goes_on_from_the_stored_offset() -> None:
    house = House()
    await house.say("a", "b")
    first = house.start()
    await house.applied(2)
    await ended(first, house)
    house.stop, house.registry = asyncio.Event(), CollectorRegistry()
    await house.say("c")
    second = house.start()
    assert await house.applied(3) == ["a", "b", "c"]
    await ended(second, house)


async def test_a_partition_another_member_moved_is_dropped_and_read_from_where_it_is_now() -> None:
    house = House()
    await house.say("a", "b", "c")
    task = house.start()
    await house.applied(3)
    partition = Partition("interactions", 0)
    house.ledger.offsets[partition] = 4  # another member applied what comes next
    await house.say("taken-by-another", "mine")
    await until(lambda: house.ledger.offsets[partition] == 5, "the one after it applied", seconds=5)
    assert house.ledger.effects == ["a", "b", "c", "mine"]
    await ended(task, house)


async def test_too_many_dead_letters_in_a_row_stop_the_consumer() -> None:
    house = House()
    names = [f"p{n}" for n in range(MAX_IN_A_ROW + 5)]
    house.refuse = set(names)
    await house.say(*names)
    task = house.start()
    with pytest.raises(Stuck, match="in a row"):
        await asyncio.wait_for(task, 10)
    assert len(house.dead) == MAX_IN_A_ROW


async def test_records_that_wait_without_progress_stop_the_consumer() -> None:
    house = House()

    class Silent(MemorySource):
        async def poll(self, max_wait: float) -> dict[Partition, Sequence[Record]]:
            await asyncio.sleep(0.01)
            return {}

    await house.say("a")
    source = Silent(house.broker, ["interactions"], "scoring")
    letters, telemetry = DeadLetters(house.publisher, "scoring"), ConsumerTelemetry(house.registry, "scoring")
    with pytest.raises(Stuck, match="although records wait"):
        await asyncio.wait_for(consume(source, house.ledger, (house.handle,), letters, telemetry, house.stop, QUICK), 5)
