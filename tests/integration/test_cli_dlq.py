"""Dead letters on a real broker: counted, shown without what is personal, sent again once."""

import asyncio
from datetime import UTC, datetime

import pytest

from amends.main import run
from events.problems import Invalid
from events.runtime.dead_letters import DeadLetters, Reason
from events.runtime.kafka import KafkaPublisher, read_topic
from events.runtime.stream import Partition, Record

DEAD = "survey-responses-alerting-dlq"
HEADERS = (("ce_id", b"e-1"), ("ce_source", b"/test"), ("content-type", b"application/json"))
SECRET = b'{"comment": "call Sam on 0123"'


def origin(offset: int, value: bytes | None) -> Record:
    return Record(Partition("survey-responses", 2), offset, datetime.now(UTC), b"key", value, HEADERS)


@pytest.fixture
async def buried(topics: str) -> str:
    """Two undecodable letters and an invalid one."""
    publisher = KafkaPublisher(topics, client_id="test")
    letters = DeadLetters(publisher, "alerting")
    unreadable = Invalid.at("", "not-json", "is not JSON", syntax=True)
    await letters.put(origin(7, SECRET), Reason.UNDECODABLE, unreadable)
    await letters.put(origin(8, None), Reason.UNDECODABLE, unreadable)
    await letters.put(origin(9, b'{"value": 9}'), Reason.INVALID, Invalid.at("/data/value", "value_error", "is off"))
    await publisher.close()
    return topics


async def amends(*arguments: str) -> int:
    return await asyncio.to_thread(run, ["dlq", *arguments])


async def replayed(bootstrap: str) -> list[Record]:
    return [record async for record in read_topic(bootstrap, "survey-responses")]


async def test_they_are_counted_by_topic_and_reason(buried: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await amends("list", "--kafka", buried) == 0
    lines = [line.split()[:4] for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines == [[DEAD, "invalid", "1", "0"], [DEAD, "undecodable", "2", "0"]]


async def test_nothing_to_list_is_said(topics: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await amends("list", "--kafka", topics) == 0
    assert capsys.readouterr().out == "no dead letters\n"


async def test_the_content_is_shown_only_when_revealed(buried: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await amends("show", DEAD, "--offset", "0", "--kafka", buried) == 0
    shown = capsys.readouterr().out
    assert "/ not-json" in shown
    assert "from      survey-responses, partition 2, offset 7, by alerting" in shown
    assert "Sam" not in shown
    assert "/test" not in shown
    assert await amends("show", DEAD, "--offset", "0", "--kafka", buried, "--reveal") == 0
    revealed = capsys.readouterr().out
    assert SECRET.decode() in revealed
    assert "ce_source: /test" in revealed


async def test_a_replay_is_byte_for_byte_and_without_our_headers(buried: str) -> None:
    assert await amends("replay", DEAD, "--kafka", buried) == 0
    assert [(record.key, record.value, record.headers) for record in await replayed(buried)] == [
        (b"key", SECRET, HEADERS),
        (b"key", None, HEADERS),
        (b"key", b'{"value": 9}', HEADERS),
    ]


async def test_nothing_is_replayed_twice_unless_asked(buried: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await amends("replay", DEAD, "--reason", "invalid", "--kafka", buried) == 0
    assert await amends("replay", DEAD, "--kafka", buried) == 0
    assert await amends("replay", DEAD, "--kafka", buried) == 0
    assert [line[0] for line in capsys.readouterr().out.splitlines()] == ["1", "2", "0"]
    assert len(await replayed(buried)) == 3
    assert await amends("replay", DEAD, "--reason", "invalid", "--again", "--kafka", buried) == 0
    assert len(await replayed(buried)) == 4
    capsys.readouterr()
    assert await amends("list", "--kafka", buried) == 0
    lines = [line.split()[:4] for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines == [[DEAD, "invalid", "0", "1"], [DEAD, "undecodable", "0", "2"]]


async def test_a_dry_run_sends_nothing(buried: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await amends("replay", DEAD, "--since", "1h", "--dry-run", "--kafka", buried) == 0
    assert capsys.readouterr().out == "3 dead letters would be sent to survey-responses\n"
    assert not await replayed(buried)


async def test_none_since_then_is_none(buried: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await amends("replay", DEAD, "--since", "2099-01-01T00:00:00Z", "--kafka", buried) == 0
    assert capsys.readouterr().out.startswith("0 dead letters")


async def test_a_topic_that_holds_no_dead_letters_is_a_usage_error(
    topics: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await amends("show", "survey-responses", "--kafka", topics) == 2
    assert "TOPIC must be one of" in capsys.readouterr().err


async def test_a_kafka_that_is_away_is_said_in_one_line(free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert await amends("list", "--kafka", f"127.0.0.1:{free_port}") == 1
    assert capsys.readouterr().err.startswith(f"error: kafka at 127.0.0.1:{free_port}")
