"""What must not stop a consumer, and what must stop the process: found by breaking things on purpose."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from events import codec
from events.envelope import Event
from events.problems import Invalid
from events.runtime import service
from events.runtime.api_keys import Keyring, dump, new_key
from events.runtime.consume import Pace, consume
from events.runtime.database import _is_away, create_engine, database_ready
from events.runtime.dead_letters import MAX_IN_A_ROW, DeadLetters
from events.runtime.errors import Stuck
from events.runtime.memory import MemoryBroker, MemoryLedger, MemoryPublisher, MemorySource
from events.runtime.stream import Outgoing, Partition
from events.runtime.telemetry import ConsumerTelemetry
from events.runtime.worker import consumer
from support.happened import answered, event, record
from support.until import until

INTERACTIONS = Partition("interactions", 0)


async def keep(effects: list[Any], events: Sequence[Event[Any]]) -> None:
    effects += [e.id for e in events]


class Consumer:
    """A consumer in memory of one partition."""

    def __init__(self) -> None:
        self.broker = MemoryBroker({"interactions": 1, "interactions-scoring-dlq": 1})
        self.publisher = MemoryPublisher(self.broker)
        self.ledger = MemoryLedger()
        self.stop = asyncio.Event()
        self.registry = CollectorRegistry()

    def start(self, pace: Pace) -> asyncio.Task[None]:
        source = MemorySource(self.broker, ["interactions"], "scoring")
        letters, telemetry = DeadLetters(self.publisher, "scoring"), ConsumerTelemetry(self.registry, "scoring")
        return asyncio.create_task(consume(source, self.ledger, (keep,), letters, telemetry, self.stop, pace))


async def test_dead_letters_between_good_records_are_not_in_a_row() -> None:
    consumer, records = Consumer(), []
    for _ in range(MAX_IN_A_ROW + 20):
        records += [Outgoing("interactions", b"k", b"{"), record(event("interaction.reported", answered()))]
    await consumer.publisher.publish(records)
    task = consumer.start(Pace(poll=0.01))
    wanted = len(records)
    await until(
        lambda: task.done() or consumer.ledger.offsets.get(INTERACTIONS) == wanted, "all of it behind us", seconds=10
    )
    consumer.stop.set()
    await asyncio.wait_for(task, 5)
    assert len(consumer.ledger.effects) == wanted // 2


async def test_asked_to_stop_it_does_not_sit_out_the_wait_for_a_dependency() -> None:
    consumer = Consumer()
    consumer.ledger.away = True
    task = consumer.start(Pace(poll=0.01, retries=(30.0,)))
    retries = "amends_consumer_retries_total"
    await until(lambda: consumer.registry.get_sample_value(retries), "waiting for the database", seconds=5)
    began = time.monotonic()
    consumer.stop.set()
    await asyncio.wait_for(task, 5)
    assert time.monotonic() - began < 2


async def test_what_waits_is_shown_while_the_database_is_away() -> None:
    consumer = Consumer()
    task = consumer.start(Pace(poll=0.01, retries=(0.01,)))

    def shown(name: str) -> float | None:
        return consumer.registry.get_sample_value(f"amends_consumer_{name}", {"topic": "interactions"})

    await until(lambda: shown("partitions"), "it reads", seconds=5)
    consumer.ledger.away = True
    await consumer.publisher.publish([record(event("interaction.reported", answered())) for _ in range(3)])
    await until(lambda: shown("lag_records") == 3, "the lag", seconds=5)
    consumer.stop.set()
    await asyncio.wait_for(task, 5)


def test_a_header_without_a_value_is_one_left_out() -> None:
    headers, value = codec.encode(event("interaction.reported", answered()))
    assert codec.decode((*headers, ("ce_subject", None)), value)  # type: ignore[arg-type]  # Kafka allows it
    with pytest.raises(Invalid):
        codec.decode([("ce_id", None)], value)  # type: ignore[list-item]


async def test_a_job_that_is_cancelled_by_nobody_is_a_job_that_ended() -> None:
    async def job(stop: asyncio.Event) -> None:
        raise asyncio.CancelledError  # as aiokafka does now and then; a task group would take no notice

    with pytest.raises(Stuck):
        await service._job(job, asyncio.Event())


async def test_a_job_that_is_cancelled_by_us_stays_cancelled() -> None:
    async def job(stop: asyncio.Event) -> None:
        await stop.wait()

    task = asyncio.create_task(service._job(job, asyncio.Event()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class _Said(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize("state", ["28P01", "3D000", "40P01", "42501", "53300", "57014", "57P01", "XX000", "0A000"])
def test_what_is_wrong_with_the_server_is_never_blamed_on_the_data(state: str) -> None:
    assert _is_away(DBAPIError("", None, _Said(state)))


@pytest.mark.parametrize("state", ["22003", "22P05", "23505", "23514", "54000"])
def test_what_is_wrong_with_the_data_is(state: str) -> None:
    assert not _is_away(DBAPIError("", None, _Said(state)))


def test_a_pool_that_has_run_dry_is_waited_for() -> None:
    assert _is_away(PoolTimeoutError())


async def test_asked_to_stop_while_the_broker_says_nothing_it_does_not_wait_to_have_joined() -> None:
    connected: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: connected.append(writer), "127.0.0.1", 0)
    host, port = silent.sockets[0].getsockname()
    engine = create_engine("postgresql://nobody@127.0.0.1:1/nothing", "scoring")
    job = consumer("scoring", f"{host}:{port}", engine, (keep,), ConsumerTelemetry(CollectorRegistry(), "scoring"))
    stop = asyncio.Event()
    task = asyncio.ensure_future(job(stop))
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.wait_for(asyncio.shield(task), 8)
    await engine.dispose()
    for writer in connected:
        writer.close()
    silent.close()


@pytest.mark.parametrize("content", [b"keys: [\xff]", b"keys: \x00", b"", b"- a"])
def test_a_keys_file_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys.yaml").write_bytes(content)
    with pytest.raises(Stuck, match="API keys"):
        Keyring.load(tmp_path / "keys.yaml")


def test_a_keys_file_with_one_id_twice_is_refused(tmp_path: Path) -> None:
    key = new_key(("events:write",)).kept
    (tmp_path / "keys.yaml").write_text(dump((key, key.model_copy(update={"scopes": ("metrics:read",)}))))
    with pytest.raises(Stuck, match="twice"):
        Keyring.load(tmp_path / "keys.yaml")


@pytest.mark.parametrize("url", ["nonsense", "postgresql://a@h1:1,h2:2/d"])
def test_an_address_that_is_none_is_said_in_a_sentence(url: str) -> None:
    with pytest.raises(Stuck, match="postgresql://"):
        create_engine(url, "scoring")


async def test_an_address_may_ask_for_encryption_as_everywhere_else() -> None:
    engine = create_engine("postgresql://a@127.0.0.1:1/d?sslmode=require", "scoring")
    assert await database_ready(engine) == ["the database does not answer"]
    assert engine.url.query == {"ssl": "require"}
    await engine.dispose()
