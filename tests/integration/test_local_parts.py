"""The private broker and database: what a run may rely on. How it ends: `test_local_parts_end.py`."""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from amends.local.errors import PartFailed, PartMissing
from amends.local.kafka import KafkaServer
from amends.local.parts import Parts, local_parts

JARS = Path(__file__).parents[2] / ".local" / "kafka"
on_linux = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks at sockets through /proc")


@pytest.fixture(scope="module", autouse=True)
def nothing_in_the_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    with local_parts(with_jars(tmp_path_factory.mktemp("root")), announce=print) as parts:
        yield parts


def with_jars(root: Path) -> Path:
    JARS.mkdir(parents=True, exist_ok=True)
    (root / "kafka").symlink_to(JARS)
    return root


def local_address_of_listener(port: int) -> set[str]:
    """The hexadecimal addresses on which somebody listens at this port, IPv4 and IPv6."""
    lines = [line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()]
    return {line[1].partition(":")[0] for line in lines if line[3] == "0A" and line[1].endswith(f":{port:04X}")}


async def query(url: str, text: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(text)
    finally:
        await connection.close()


async def create_topic(bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def consume_one(bootstrap: str, topic: str) -> bytes | None:
    options = {"group_id": f"group-of-{topic}", "auto_offset_reset": "earliest", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, **options)
    await consumer.start()
    try:
        value: bytes | None = (await consumer.getone()).value
        return value
    finally:
        await consumer.stop()


async def test_both_serve_a_query_and_a_round_trip(mine: Parts) -> None:
    assert await query(mine.database_url, "select current_user || '/' || current_database()") == "amends/amends"
    await create_topic(mine.kafka_bootstrap, "round-trip")
    await produce(mine.kafka_bootstrap, "round-trip", b"there and back")
    assert await consume_one(mine.kafka_bootstrap, "round-trip") == b"there and back"


async def test_postgres_is_durable_and_speaks_utf8(mine: Parts) -> None:
    assert await query(mine.database_url, "show fsync") == "on"
    assert await query(mine.database_url, "show synchronous_commit") == "on"
    assert await query(mine.database_url, "show server_encoding") == "UTF8"
    assert await query(mine.database_url, "show unix_socket_directories") == ""
    text = "select datcollate || ' ' || datctype from pg_database where datname = 'amends'"
    assert await query(mine.database_url, text) == "C.UTF-8 C.UTF-8"


@on_linux
def test_both_listen_on_the_loopback_address_alone(mine: Parts) -> None:
    assert mine.kafka is not None
    assert mine.postgres is not None
    loopback = {"0100007F", "0000000000000000FFFF00000100007F"}
    for port in (mine.kafka.port, mine.kafka._controller, mine.postgres.port):
        assert local_address_of_listener(port)
        assert local_address_of_listener(port) <= loopback


async def test_a_topic_nobody_created_does_not_come_to_be(mine: Parts) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=mine.kafka_bootstrap)
    await admin.start()
    try:
        await admin.describe_topics(["mistyped"])
        assert "mistyped" not in await admin.list_topics()
    finally:
        await admin.close()


async def test_postgres_comes_back_from_a_kill_on_the_same_port_with_its_data(mine: Parts) -> None:
    assert mine.postgres is not None
    await query(mine.database_url, "create table kept as select 42 as n")
    mine.postgres.kill()
    assert mine.postgres.pid is None
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", mine.postgres.port), 5)
    mine.postgres.start()
    assert await query(mine.database_url, "select n from kept") == 42


async def test_kafka_comes_back_from_a_kill_on_the_same_port_with_its_data(mine: Parts) -> None:
    assert mine.kafka is not None
    await create_topic(mine.kafka_bootstrap, "kept")
    await produce(mine.kafka_bootstrap, "kept", b"acknowledged")
    mine.kafka.kill()
    assert mine.kafka.pid is None
    mine.kafka.start()
    assert await consume_one(mine.kafka_bootstrap, "kept") == b"acknowledged"


async def test_both_come_back_from_a_stop(mine: Parts) -> None:
    for server in (mine.kafka, mine.postgres):
        assert server is not None
        server.stop()
        assert server.pid is None
        server.start()
        server.start()  # of a running one: nothing happens
    assert await query(mine.database_url, "select 1") == 1


async def test_parts_the_environment_names_are_used_and_never_stopped(
    tmp_path: Path, mine: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", mine.kafka_bootstrap)
    monkeypatch.setenv("DATABASE_URL", mine.database_url)
    with local_parts(tmp_path, announce=print) as named:
        assert named == Parts(mine.database_url, mine.kafka_bootstrap, None, None)
    assert await query(mine.database_url, "select 1") == 1
    assert mine.kafka is not None
    assert mine.kafka.pid is not None


async def test_one_part_may_be_named_and_the_other_be_private(
    tmp_path: Path, mine: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", mine.kafka_bootstrap)
    with local_parts(tmp_path, announce=print) as parts:
        assert (parts.kafka, parts.kafka_bootstrap) == (None, mine.kafka_bootstrap)
        assert parts.database_url != mine.database_url
        assert await query(parts.database_url, "select 1") == 1


def test_two_runs_do_not_disturb_each_other(tmp_path: Path, mine: Parts) -> None:
    with local_parts(with_jars(tmp_path), announce=print) as one, local_parts(tmp_path, announce=print) as other:
        addresses = [address for run in (mine, one, other) for address in (run.database_url, run.kafka_bootstrap)]
        assert len(set(addresses)) == 6
    for server in (mine.kafka, mine.postgres):
        assert server is not None
        assert server.pid is not None


def test_progress_is_told_in_lines_with_version_address_and_seconds(tmp_path: Path, mine: Parts) -> None:
    said: list[str] = []
    with local_parts(with_jars(tmp_path), announce=said.append) as parts:
        assert re.fullmatch(r"starting (PostgreSQL 1\d\.\d+|Kafka 4\.\d+\.\d+) …", said[0])
        for address in (parts.kafka_bootstrap, parts.database_url.split("@")[1].split("/")[0]):
            assert len([line for line in said if re.search(rf" ready on {address} in \d+\.\d s$", line)]) == 1


def test_data_is_kept_when_asked_for_and_said_where(tmp_path: Path, mine: Parts) -> None:
    said: list[str] = []
    with local_parts(with_jars(tmp_path), announce=said.append, keep_data=True):
        pass
    (run,) = (tmp_path / "runs").iterdir()
    assert said[-1].endswith(f"is kept in {run}")
    assert (run / "kafka" / "data" / "meta.properties").exists()
    if (run / "elsewhere").exists():  # as root, below pytest's closed directories
        shutil.rmtree((run / "elsewhere").read_text())


def test_nothing_is_written_when_no_part_is_private(
    tmp_path: Path, mine: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", mine.kafka_bootstrap)
    monkeypatch.setenv("DATABASE_URL", mine.database_url)
    with local_parts(tmp_path, announce=print):
        assert list(tmp_path.iterdir()) == []


def test_without_maven_the_run_ends_with_one_line_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = shutil.which("java")
    assert java is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(java)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(PartMissing, match="apt-get install maven") as caught:
        local_parts(tmp_path, announce=print).__enter__()
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_broker_that_cannot_start_says_the_end_of_its_log(tmp_path: Path, mine: Parts) -> None:
    root = with_jars(tmp_path)
    (root / "run").mkdir()
    server = KafkaServer(root / "run" / "kafka", root / "kafka")
    with socket.create_server(("127.0.0.1", server.port)), pytest.raises(PartFailed) as caught:
        server.start()
    assert "ended while starting. The end of kafka.log:\n" in str(caught.value)
    assert "Address already in use" in str(caught.value)
    server.start()  # now that the port is free
    server.close()
