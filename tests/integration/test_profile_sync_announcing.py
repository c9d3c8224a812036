"""What the topic `customer-notes` is told: what holds and what does not, in order, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from amends.local.kafka import KafkaServer
from events import codec
from events.customer import CustomerErased
from events.customer_note import PreferenceNoted, PreferenceRetracted
from events.envelope import Event
from events.preference import ContactLanguage, DoNotContact
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaPublisher
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.runtime.migrate import upgrade
from events.runtime.stream import Outgoing
from events.survey import SurveyResponse
from events.topics import TOPICS
from profile_sync.announcing import announce, announcing
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.core.extract import extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.core.preferences import Customer, Decision
from profile_sync.handler import NotePreferences
from profile_sync.noting import note
from profile_sync.store import announcements
from profile_sync.telemetry import Telemetry
from support.broker import read_all
from support.until import until

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REMARK = "canary: the lady was so kind, and only in Bengali please"


class House:
    """Preferences as customers say them, and the one who tells of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.broker = MemoryBroker({topic.name: topic.partitions for topic in TOPICS})
        self.publisher = MemoryPublisher(self.broker)

    async def hears(self, *events: Event[Any]) -> None:
        handler = NotePreferences(extractors(NO_ANSWERS), Telemetry(CollectorRegistry()))
        async with transaction(self.engine) as tx:
            await handler(tx, events)

    async def tells(self) -> int:
        return await announce(self.engine, self.publisher)

    def told(self) -> list[Event[Any]]:
        """Everything so far, in the order of its numbers."""
        records = [record for log in self.broker.logs.values() for record in log]
        assert {record.partition.topic for record in records} <= {"customer-notes"}
        found = [codec.decode(record.headers, record.value) for record in records]
        assert [record.key for record in records] == [codec.key(one) for one in found]
        assert b"canary" not in b"".join(bytes(each.value or b"") + str(each.headers).encode() for each in records)
        return sorted(found, key=lambda event: event.data.revision)

    async def waiting(self) -> int:
        async with transaction(self.engine) as tx:
            return int(await tx.scalar(text("SELECT count(*) FROM announcement")) or 0)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database_url, SCHEMA)
    await upgrade(made, SCHEMA, MIGRATIONS)
    yield made
    await made.dispose()


@pytest.fixture
def house(engine: AsyncEngine) -> House:
    return House(engine)


def said(id_: str, *preferences: dict[str, Any], hours: int = 0, **fields: Any) -> Event[SurveyResponse]:
    document: dict[str, Any] = {
        "response_id": id_,
        "customer_id": "cus-42",
        "instrument": "csat",
        "scale": "1-5",
        "value": 5,
        "comment": REMARK,
        "submitted_at": (START + timedelta(hours=hours)).isoformat(),
        "preferences": list(preferences),
        **fields,
    }
    return Event(f"e-{id_}", "/survey", "default", START, START, SurveyResponse.model_validate(document))


def language(value: str) -> dict[str, Any]:
    return {"kind": "language", "value": value}


NEVER = {"kind": "do_not_contact", "value": "phone"}


async def test_a_preference_is_told_with_where_it_comes_from_and_without_the_remark(house: House) -> None:
    await house.hears(said("r1", NEVER))
    assert await house.tells() >= 1
    found = next(each for each in house.told() if each.data.preference.kind == "do_not_contact")
    assert isinstance(found.data, PreferenceNoted)
    assert found.data.preference == DoNotContact(kind="do_not_contact", value="phone")
    assert found.data.said_in.model_dump() == {"source": "/survey", "response_id": "r1", "event_id": "e-r1"}
    assert (found.data.customer_id, found.data.extractor, found.data.confidence) == ("cus-42", "stated/1", 1)
    assert (found.data.stated_at, found.data.expires_at) == (START, None)
    assert (found.id, found.source, found.tenant) == (f"note:{found.data.revision}", "/amends/profile-sync", "default")


async def test_what_is_replaced_is_retracted_before_the_new_word_is_told(house: House) -> None:
    await house.hears(said("r1", language("bn"), comment=None))
    await house.hears(said("r2", language("de"), hours=1, comment=None))
    await house.tells()
    first, gone, second = (each.data for each in house.told())
    assert isinstance(first, PreferenceNoted)
    assert isinstance(gone, PreferenceRetracted)
    assert isinstance(second, PreferenceNoted)
    assert (first.preference, second.preference) == (
        ContactLanguage(kind="language", value="bn"),
        ContactLanguage(kind="language", value="de"),
    )
    assert gone.note_id == first.note_id
    assert first.revision < gone.revision < second.revision


async def test_what_a_person_rejects_is_retracted(house: House) -> None:
    await house.hears(said("r1", language("bn"), comment=None))
    async with transaction(house.engine) as tx:
        await tx.execute(text("UPDATE note SET decision = :word"), {"word": Decision.REJECTED.value})
        await note(tx, (), {Customer("default", "cus-42")})
    await house.tells()
    assert [each.type for each in house.told()] == ["preference.noted", "preference.retracted"]


async def test_whoever_follows_in_order_ends_with_what_holds(house: House) -> None:
    for number, word in enumerate(["bn", "de", "bn", "fr", "de"]):
        await house.hears(said(f"r{number}", language(word), hours=number, comment=None))
        if number % 2:
            await house.tells()
    await house.tells()
    holds: dict[str, Any] = {}
    for each in house.told():
        holds.pop(each.data.note_id, None)
        if isinstance(each.data, PreferenceNoted):
            holds[each.data.note_id] = each.data.preference.value
    assert list(holds.values()) == ["de"]


class Torn:
    """Publishes, and is killed before it can say so."""

    def __init__(self, inner: MemoryPublisher) -> None:
        self._inner = inner

    async def publish(self, records: Sequence[Outgoing]) -> None:
        await self._inner.publish(records)
        raise asyncio.CancelledError


async def test_a_kill_between_telling_and_forgetting_tells_the_same_again_under_the_same_id(house: House) -> None:
    await house.hears(said("r1", language("bn"), comment=None), said("r2", NEVER, comment=None))
    with pytest.raises(asyncio.CancelledError):
        await announce(house.engine, Torn(house.publisher))
    assert await house.waiting() == 2
    assert await house.tells() == 2
    ids = [each.id for each in house.told()]
    assert len(ids) == 4
    assert len(set(ids)) == 2
    assert await house.waiting() == 0
    assert await house.tells() == 0


async def test_one_replica_tells_at_a_time(house: House) -> None:
    await house.hears(said("r1", language("bn"), comment=None))
    async with transaction(house.engine) as tx:
        assert await announcements.take_turn(tx)
        assert await house.tells() == 0
    assert await house.tells() == 1


async def test_while_kafka_is_away_the_rows_wait_and_then_all_of_them_are_told(
    house: House, topics: str, kafka: KafkaServer
) -> None:
    stop = asyncio.Event()
    kafka.stop()
    publisher = KafkaPublisher(topics, client_id="test")
    await house.hears(*(said(f"r{number}", language("bn"), customer_id=f"cus-{number}") for number in range(20)))
    with pytest.raises(Unavailable):
        await announce(house.engine, publisher)
    await publisher.close()
    assert await house.waiting() >= 20
    kafka.start()
    job = asyncio.create_task(announcing(house.engine, topics)(stop))

    async def all_told() -> bool:
        return await house.waiting() == 0

    await until(all_told, "everything to be told", seconds=60)
    stop.set()
    await job
    found = [codec.decode(tuple(each.headers), each.value) for each in await read_all(topics, "customer-notes")]
    assert {each.data.customer_id for each in found} == {f"cus-{number}" for number in range(20)}


async def test_who_is_forgotten_is_told_of_no_more(house: House) -> None:
    erased = CustomerErased(customer_id="cus-42", requested_at=START)
    await house.hears(said("r1", language("bn")))
    await house.hears(Event("e-x", "/crm", "default", START, START, erased))
    assert await house.waiting() == 0


async def test_a_note_that_fits_no_contract_does_not_hold_up_the_others(house: House) -> None:
    await house.hears(said("r1", language("bn"), comment=None))
    async with transaction(house.engine) as tx:
        await tx.execute(text("UPDATE note SET value = '\"not a language\"'"))
    await house.hears(said("r2", language("de"), customer_id="cus-2", comment=None))
    await house.tells()
    assert [each.data.customer_id for each in house.told()] == ["cus-2"]
    assert await house.waiting() == 0
