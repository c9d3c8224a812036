"""What the command line needs of Kafka beyond the services: topics made, read whole, and who else is there."""

import asyncio

import pytest

from amends.main import run
from events.runtime.errors import Stuck
from events.runtime.kafka import KafkaPublisher, KafkaSource, group_members, read_topic
from events.runtime.stream import Outgoing
from events.topics import all_topics
from support.until import until


async def test_missing_topics_are_created_and_existing_ones_left(
    topics: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(run, ["topics", "--kafka", topics]) == 0
    assert capsys.readouterr().out == f"{len(all_topics())} topics are there, 0 of them new\n"


async def test_a_topic_is_read_from_its_beginning_to_its_end(topics: str) -> None:
    publisher = KafkaPublisher(topics, client_id="test")
    await publisher.publish([Outgoing("mentions", str(n).encode(), b"v") for n in range(1500)])
    await publisher.publish(
        [Outgoing("mentions-scoring-dlq", None, None), Outgoing("mentions-scoring-dlq", b"k", b"v")]
    )
    await publisher.close()
    assert {record.key async for record in read_topic(topics, "mentions")} == {str(n).encode() for n in range(1500)}
    assert [record.offset async for record in read_topic(topics, "mentions-scoring-dlq")] == [0, 1]
    assert [record.offset async for record in read_topic(topics, "mentions-scoring-dlq", start=1)] == [1]
    assert [record async for record in read_topic(topics, "mentions-alerting-dlq")] == []


async def test_a_topic_that_is_not_there_is_said(topics: str) -> None:
    with pytest.raises(Stuck, match="there is no topic nowhere"):
        [record async for record in read_topic(topics, "nowhere")]


async def test_members_of_groups_are_counted(topics: str) -> None:
    source = KafkaSource(topics, ["mentions"], "counted")
    await source.start()
    try:
        await until(source.assignment, "joined")
        assert await group_members(topics, ["counted", "never-seen"]) == {"counted": 1, "never-seen": 0}
    finally:
        await source.close()
