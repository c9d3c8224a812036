"""What `amends doctor` says of a real broker on which one thing at a time is wrong."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from sqlalchemy import text

from amends.doctor.checks import CHECKS, lag
from amends.doctor.databases import Databases
from amends.doctor.examine import examine
from amends.doctor.finding import Finding, Level
from amends.doctor.given import Given
from amends.local.parts import Parts
from amends.services import PROFILE_SYNC, SCORING, SERVICES, Service
from events.problems import Invalid
from events.runtime.database import create_engine, ledger_tables, transaction
from events.runtime.dead_letters import DeadLetters, Reason
from events.runtime.kafka import KafkaAccess, KafkaPublisher, KafkaSource
from events.runtime.kafka.look import Span, spans
from events.runtime.stream import Outgoing, Partition, Record
from support import broker
from support.broker import admin
from support.until import until

NOWHERE = dict.fromkeys(SERVICES, "http://127.0.0.1:9")
BAD = (Level.BROKEN, Level.WARNING)


async def findings(check: str, kafka: KafkaAccess, database: str | None = None, *services: Service) -> list[Finding]:
    urls = dict.fromkeys(services, database) if database else {}
    given = Given(Databases(urls), NOWHERE, kafka)
    (result,) = await examine(given, [each for each in CHECKS if each.name == check])
    return list(result.findings)


@pytest.fixture(scope="module")
def broker_(parts: Parts) -> str:
    """Its topics are there, once for all tests that leave them as they are: making them anew takes seconds."""
    asyncio.run(broker.recreate_topics(parts.kafka_bootstrap))
    return parts.kafka_bootstrap


async def set_(client: AIOKafkaAdminClient, topic: str, **settings: str) -> None:
    named = {name.replace("_", "."): value for name, value in settings.items()}
    await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])


async def test_topics_as_the_code_makes_them_are_well(broker_: str) -> None:
    assert [each.level for each in await findings("topics", KafkaAccess(broker_))] == [Level.FINE]


async def test_a_broker_alone_is_warned_of_and_one_that_is_away_is_broken(broker_: str, free_port: int) -> None:
    (alone,) = await findings("broker", KafkaAccess(broker_))
    assert (alone.level, "with 1 broker" in alone.says) == (Level.WARNING, True)
    (away,) = await findings("broker", KafkaAccess(f"127.0.0.1:{free_port}"))
    assert away.level is Level.BROKEN
    assert f"127.0.0.1:{free_port}" in away.says
    others = [await findings(name, KafkaAccess(f"127.0.0.1:{free_port}")) for name in ("topics", "members")]
    assert [each.level for (each,) in others] == [Level.SKIPPED] * 2


async def test_what_is_wrong_with_topics_is_told_for_each(topics: str) -> None:
    async with admin(topics) as client:
        await client.delete_topics(["scorecards", "mentions-scoring-dlq"])
        await client.create_partitions({"alerts": NewPartitions(8), "mentions-alerting-dlq": NewPartitions(2)})
        await set_(client, "mentions", retention_ms="86400000", max_message_bytes="1048576")
        await set_(client, "customers", retention_ms="31536000000", max_message_bytes="5000")
        await set_(client, "interactions", retention_ms="-1", max_message_bytes="1048576", min_insync_replicas="2")
    wrong = {
        "missing: scorecards, mentions-scoring-dlq": Level.BROKEN,
        "mentions-alerting-dlq has 2 partitions, the code wants 1": Level.BROKEN,
        "topics differ in partitions, so a customer's events do not meet:"
        " 6 in customer-notes, customers, interactions, mentions, survey-responses; 8 in alerts": Level.BROKEN,
        "mentions keeps records for 24 h, the code's word is 30 days": Level.WARNING,
        "customers takes records of 5,000 bytes, the code writes up to 1,048,576": Level.BROKEN,
        "interactions keeps records for ever, the code's word is 30 days": Level.WARNING,
        "interactions takes no records: 1 of 2 replicas that it needs are in sync": Level.BROKEN,
    }

    async def told() -> bool:
        return {each.says: each.level for each in await findings("topics", KafkaAccess(topics))} == wrong

    await until(told, "the broker has heard of all that, and so has the doctor", seconds=20)
    async with admin(topics) as client:
        assert "scorecards" not in await client.list_topics(), "looking must not create what is missing"


async def test_dead_letters_are_told_by_topic_and_reason_until_they_are_replayed(broker_: str) -> None:
    assert [each.says for each in await findings("dead-letters", KafkaAccess(broker_))] == ["no dead letter waits"]
    publisher = KafkaPublisher(broker_, client_id="test")
    letters = DeadLetters(publisher, "alerting")
    for offset in (7, 8):
        record = Record(Partition("mentions", 2), offset, datetime.now(UTC), b"key", b'{"text": "Sam"}', ())
        await letters.put(record, Reason.INVALID, Invalid.at("/text", "too-short", "is short"))
    (found,) = await findings("dead-letters", KafkaAccess(broker_))
    assert (found.level, found.says) == (Level.WARNING, "2 dead letters in mentions-alerting-dlq: invalid")
    assert "amends dlq replay mentions-alerting-dlq" in found.fix
    await publisher.publish([Outgoing("mentions-alerting-dlq", None, None, (("dlq_replayed", b"0-1"),))])
    await publisher.close()
    assert [each.says for each in await findings("dead-letters", KafkaAccess(broker_))] == ["no dead letter waits"]


async def test_a_consumer_without_a_process_is_told(broker_: str) -> None:
    source = KafkaSource(broker_, ["mentions"], "scoring")
    await source.start()
    try:
        await until(source.assignment, "joined")
        found = {each.says.partition(":")[0]: each.level for each in await findings("members", KafkaAccess(broker_))}
    finally:
        await source.close()
    assert found == {
        "1 process read for scoring": Level.FINE,
        "nobody reads for alerting": Level.BROKEN,
        "nobody reads for profile-sync": Level.BROKEN,
    }


async def test_a_date_from_the_future_is_told_and_one_from_the_past_is_not(topics: str) -> None:
    assert [each.level for each in await findings("clocks", KafkaAccess(topics))] == [Level.SKIPPED]
    await produce(topics, "mentions", [-3600.0])
    assert [each.level for each in await findings("clocks", KafkaAccess(topics))] == [Level.FINE]
    await produce(topics, "mentions", [20.0])
    (ahead,) = await findings("clocks", KafkaAccess(topics))
    assert ahead.level is Level.WARNING
    assert "the clock of whoever writes mentions is" in ahead.says
    assert "ahead of this machine's" in ahead.says
    await produce(topics, "mentions", [300.0])
    assert [each.level for each in await findings("clocks", KafkaAccess(topics))] == [Level.BROKEN]


async def produce(bootstrap: str, topic: str, ages: Sequence[float], partition: int = 0) -> None:
    """Records dated so many seconds from now."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for age in ages:
            dated = int((time.time() + age) * 1000)
            await producer.send_and_wait(topic, b"{}", partition=partition, timestamp_ms=dated)
    finally:
        await producer.stop()


async def stored(url: str, service: Service, **offsets: int) -> None:
    """Offsets of partition 0, as the service stores them; ``survey_responses=3``."""
    engine = create_engine(url, service.module)
    async with transaction(engine) as tx:
        if not await tx.scalar(text("SELECT to_regnamespace(:name)"), {"name": service.module}):
            await tx.execute(text(f"CREATE SCHEMA {service.module}"))
            await tx.execute(text(ledger_tables()[0]))
        for topic, at in offsets.items():
            await tx.execute(
                text(
                    "INSERT INTO stream_offset VALUES (:topic, 0, :at) ON CONFLICT (topic, partition)"
                    " DO UPDATE SET next_offset = :at"
                ),
                {"topic": topic.replace("_", "-"), "at": at},
            )
    await engine.dispose()


async def says(kafka: KafkaAccess, url: str, service: Service) -> list[str]:
    return [each.says for each in await findings("lag", kafka, url, service) if each.level is not Level.SKIPPED]


async def test_lag_is_measured_by_the_stored_offsets_and_the_age_of_what_waits(topics: str, database_url: str) -> None:
    kafka = KafkaAccess(topics)
    await stored(database_url, SCORING)
    assert await says(kafka, database_url, SCORING) == ["scoring is up to date"]
    await produce(topics, "mentions", [-300.0, -3.0, -2.0])
    (late,) = [e for e in await findings("lag", kafka, database_url, SCORING) if e.level in BAD]
    assert late.level is Level.WARNING
    assert late.says == "scoring is 3 records behind on mentions, the oldest waits for 5 min"
    await stored(database_url, SCORING, mentions=1)
    assert await says(kafka, database_url, SCORING) == ["scoring reads what just came"]
    await produce(topics, "interactions", [-3600.0])
    (far,) = [e for e in await findings("lag", kafka, database_url, SCORING) if e.level in BAD]
    assert far.level is Level.BROKEN
    assert far.says == "scoring is 1 record behind on interactions, the oldest waits for 60 min"
    # Offsets that the topic does not have.
    await produce(topics, "customers", [-1.0] * 5)
    async with admin(topics) as client:
        await client.delete_records({TopicPartition("customers", 0): RecordsToDelete(before_offset=4)})
    await stored(database_url, PROFILE_SYNC, customers=1, interactions=70)
    found = [e for e in await findings("lag", kafka, database_url, PROFILE_SYNC) if e.level in BAD]
    assert {e.level for e in found} == {Level.BROKEN}
    assert sorted(e.says.partition(",")[2].strip() for e in found) == [
        "customers/0: 3 records were deleted before they were read: it was away longer than they are kept",
        "interactions/0: is to go on at 70, and the topic ends at 1: was it made anew?",
    ]


async def test_a_consumer_that_works_while_it_is_looked_at_is_well(
    topics: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored(database_url, SCORING)

    async def busy(*asked: Any) -> dict[Partition, Span]:
        """Where Kafka begins and ends, and then records come and are applied at once."""
        seen = await spans(*asked)
        await produce(topics, "mentions", [-1.0] * 5)
        await stored(database_url, SCORING, mentions=5)
        return seen

    monkeypatch.setattr(lag, "spans", busy)
    assert await says(KafkaAccess(topics), database_url, SCORING) == ["scoring is up to date"]


async def test_a_wrong_way_in_is_told_in_words(broker_: str) -> None:
    access = KafkaAccess(broker_, tls=True)
    (found,) = await findings("broker", access)
    assert found.level is Level.BROKEN
    assert broker_ in found.says
    (certificate,) = await findings("certificates", access)
    assert certificate.level is Level.SKIPPED
