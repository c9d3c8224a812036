"""How many partitions topics have: said once, equal in all that are keyed, raised together or not at all."""

import asyncio

import pytest
from aiokafka.admin import NewPartitions
from structlog.testing import capture_logs

from amends.main import run
from events.runtime.kafka import KafkaPublisher, KafkaSource, look
from events.runtime.stream import Outgoing, Partition
from events.topics import TOPICS, all_topics, read_by
from support.broker import admin
from support.until import until

NAMES = [topic.name for topic in TOPICS]
LETTERS = [topic.name for topic in all_topics() if topic not in TOPICS]


async def numbers(bootstrap: str) -> dict[str, int]:
    seen = await look.topics(bootstrap, [topic.name for topic in all_topics()])
    return {name: one.partitions for name, one in seen.items()}


class Amends:
    """``amends topics`` on one broker, and what it said."""

    def __init__(self, bootstrap: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._bootstrap = bootstrap
        self._capsys = capsys

    async def done(self, *arguments: str) -> str:
        code, out, err = await self._run(*arguments)
        assert code == 0, err
        return out

    async def refused(self, *arguments: str) -> str:
        code, _, err = await self._run(*arguments)
        assert code == 1
        return err

    async def _run(self, *arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(run, ["topics", "--kafka", self._bootstrap, *arguments])
        said = self._capsys.readouterr()
        return code, said.out, " ".join(said.err.split())


@pytest.fixture
def amends(topics: str, capsys: pytest.CaptureFixture[str]) -> Amends:
    return Amends(topics, capsys)


async def test_a_raise_is_refused_while_somebody_reads_or_something_is_unread_and_raises_all_but_dead_letters(
    topics: str, amends: Amends
) -> None:
    assert "the topics have 6 partitions, not 12" in await amends.refused("--partitions", "12")
    publisher = KafkaPublisher(topics, client_id="test", deadline=30)
    await publisher.publish([Outgoing("mentions", b"key", b"v"), Outgoing("mentions", b"key", b"v")])
    source = await joined(topics, "scoring")
    said = await amends.refused("--partitions", "12", "--raise")
    assert "processes still read: stop scoring (1);" in said
    assert "scoring has 2 of mentions to read, alerting has 2 of mentions to read" in said
    await told(topics, "scoring", source)
    said = await amends.refused("--partitions", "12", "--raise")
    assert said.endswith("not raised, records are unread: alerting has 2 of mentions to read (docs/scaling.md)")
    await told(topics, "alerting", await joined(topics, "alerting"))
    assert "may be raised to 12 partitions: alerts, " in await amends.done("--partitions", "12", "--raise", "--dry-run")
    assert set((await numbers(topics)).values()) == {1, 6}
    await amends.done("--partitions", "12", "--raise")
    await until_numbers(topics, dict.fromkeys(NAMES, 12) | dict.fromkeys(LETTERS, 1))
    assert await amends.done("--partitions", "12", "--raise") == "no topic has fewer than 12 partitions\n"
    assert "never taken away: alerts has 12" in await amends.refused("--partitions", "6", "--raise")
    # What was open before goes on; a topic that is missing is made like the others.
    await publisher.publish([Outgoing("mentions", b"key", b"v")])
    await publisher.close()
    async with admin(topics) as client:
        await client.delete_topics(["scorecards", "alerts-scoring-dlq"])
    await until(lambda: without(topics, "scorecards", "alerts-scoring-dlq"), "deleted")
    assert "2 of them new" in await amends.done()
    await until_numbers(topics, dict.fromkeys(NAMES, 12) | dict.fromkeys(LETTERS, 1))


async def joined(bootstrap: str, group: str) -> KafkaSource:
    source = KafkaSource(bootstrap, [topic.name for topic in read_by(group)], group)
    await source.start()
    await until(source.assignment, "joined")
    return source


async def told(bootstrap: str, group: str, source: KafkaSource) -> None:
    """A consumer that has read all tells Kafka until that knows, and leaves."""
    ends = {place: span.end for place, span in (await look.spans(bootstrap, ["mentions"])).items() if span.end}

    async def known() -> bool:
        await source.commit(ends)
        async with admin(bootstrap) as client:
            kept = await client.list_consumer_group_offsets(group)
        return {Partition(*place): committed.offset for place, committed in kept.items()} == ends

    await until(known, "Kafka knows where it is")
    await source.close()


async def until_numbers(bootstrap: str, wanted: dict[str, int]) -> None:
    async def there() -> bool:
        return await numbers(bootstrap) == wanted

    await until(there, f"the partitions are {wanted}")


async def without(bootstrap: str, *names: str) -> bool:
    return not set(names) & set(await numbers(bootstrap))


async def test_a_topic_raised_by_hand_is_told_by_whoever_looks_and_mended_by_raising_all(
    topics: str, amends: Amends
) -> None:
    async with admin(topics) as client:
        await client.create_partitions({"mentions": NewPartitions(8)})
    others = ", ".join(sorted(set(NAMES) - {"mentions"}))
    wrong = f"topics differ in partitions, so a customer's events do not meet: 6 in {others}; 8 in mentions"

    async def heard() -> bool:
        return (await numbers(topics))["mentions"] == 8

    await until(heard, "the broker knows of it")
    with capture_logs() as logs:
        source = KafkaSource(topics, ["mentions", "interactions"], "scoring")
        await source.start()
        await until(source.assignment, "it reads all the same")
        await source.close()
    [line] = [line for line in logs if line["event"] == "partitions to be made equal"]
    assert line["log_level"] == "error"
    assert line["why"].endswith("6 in interactions; 8 in mentions")
    assert f"{wrong}: raise all to 8" in await amends.refused()
    assert others in await amends.done("--partitions", "8", "--raise")
    await until_numbers(topics, dict.fromkeys(NAMES, 8) | dict.fromkeys(LETTERS, 1))
    assert "0 of them new" in await amends.done("--partitions", "8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--raise"], "--raise takes a number: --partitions 12"), (["--dry-run"], "--dry-run goes with --raise")],
)
def test_a_raise_is_said_whole_or_nothing_is_done(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["topics", "--kafka", "127.0.0.1:9", *arguments]) == 2
    assert says in " ".join(capsys.readouterr().err.split())
