"""The rehearsal as an operator starts it: a set as in production, a broker lost; then what it lets nobody do."""

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from aiokafka.protocol.admin import DescribeAclsRequest

from amends.database_roles import statements
from amends.local.certificates import make
from amends.local.probes import NotAnswering, kafka_brokers
from amends.main import run
from amends.services import SERVICES
from events.rights import rights_of, services
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaAccess, KafkaPublisher, KafkaSource
from events.runtime.kafka.access import connecting
from events.runtime.kafka.acls import Entry, entries
from events.runtime.stream import Outgoing
from events.topics import all_topics, read_by
from support.until import until

ROOT = Path(__file__).parents[2]
PROC = Path("/proc")
READY_SECONDS, END_SECONDS = 400.0, 20.0
ANY, ALLOW_ANY = 1, 1

pytestmark = [
    pytest.mark.skipif(not PROC.is_dir(), reason="looks for what is left in /proc"),
    pytest.mark.timeout(480),
]


class Rehearsal:
    """One that runs on after its checks."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "rehearsal.log"
        self._mark = f"AMENDS_TEST_MARK={folder.name}".encode()
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "amends", "rehearse", "--seconds", "6", "--faults", "--keep"],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, "AMENDS_TEST_MARK": folder.name, "KAFKA_PASSWORD": "of another installation"},
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def await_kept(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while "it runs on" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.2)

    def processes(self, words: str = "") -> dict[int, dict[str, str]]:
        """Pid → environment of those it started, at any remove, with these words in their command line."""
        found = {}
        for entry in PROC.iterdir():
            try:
                if entry.name.isdecimal() and int(entry.name) != self.process.pid:
                    environ = (entry / "environ").read_bytes().split(b"\0")
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if self._mark in environ and command and words in command:
                        pairs = (item.decode().partition("=") for item in environ if item)
                        found[int(entry.name)] = {name: value for name, _, value in pairs}
            except OSError:
                continue
        return found

    @property
    def folder(self) -> Path:
        found = re.search(r"set -a; \. (.*)/operator\.env", self.said)
        assert found is not None, self.said
        return Path(found[1])

    def access(self, user: str) -> KafkaAccess:
        environ = _environment(self.folder / f"{user}.env")
        secret = self.folder / "run-secrets" / user / "KAFKA_PASSWORD"
        password = secret.read_text() if secret.exists() else environ["KAFKA_PASSWORD"]
        return KafkaAccess(
            environ["KAFKA_BOOTSTRAP_SERVERS"], ca=Path(environ["KAFKA_CA_FILE"]), username=user, password=password
        )


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    found = Rehearsal(tmp_path_factory.mktemp("rehearsal"))
    try:
        found.await_kept()
        yield found
    finally:
        found.process.send_signal(signal.SIGINT)
        found.process.wait(60)


@pytest.fixture
def operator(live: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The operator's environment is ours."""
    found = _environment(live.folder / "operator.env")
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def _environment(file: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in file.read_text().splitlines())
    return {name: value.strip("'") for name, _, value in pairs}


def test_every_check_held_although_a_broker_was_killed(live: Rehearsal) -> None:
    assert "was killed; two are left" in live.said
    assert " is back after " in live.said
    assert len(re.findall(r"  ok  ", live.said)) == 9, live.said
    assert "OFF" not in live.said


def test_each_step_has_its_time_and_its_command(live: Rehearsal) -> None:
    for command in ("amends topics --replication 3 --rights", "python -m scoring migrate", "amends keys new --scope"):
        assert f"$ {command}" in live.said
    assert live.said.count(": done in ") == 11


def test_no_secret_is_in_the_environment_of_a_service(live: Rehearsal) -> None:
    serving = live.processes("-m scoring serve")
    assert serving
    for environ in serving.values():
        folder = Path(environ["SECRETS_DIR"])
        secrets = {file.name: file.read_text() for file in folder.iterdir()}
        assert {"DATABASE_URL", "KAFKA_PASSWORD", "SCORING_SESSION_SECRET"} <= secrets.keys()
        assert not secrets.keys() & environ.keys()
        assert not set(secrets.values()) & set(environ.values())
        assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


async def test_the_brokers_hold_the_access_lists_of_rights_and_no_other(live: Rehearsal) -> None:
    admin = AIOKafkaAdminClient(**connecting(live.access("operator")))
    try:
        await admin.start()
        answer = await admin._send_request(DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ALLOW_ANY))
    finally:
        await admin.close()
    held = {entry for resource in answer.resources for entry in _flat(*resource)}
    assert held == {entry for name in services() for entry in entries(rights_of(name))}


def _flat(kind: int, name: str, pattern: int, acls: list[Any]) -> Iterator[Entry]:
    for principal, host, operation, permission in acls:
        yield kind, name, pattern, principal, host, operation, permission


@pytest.mark.parametrize("user", services())
async def test_a_service_writes_its_own_topics_and_is_refused_others(live: Rehearsal, user: str) -> None:
    """By a dead-letter topic of its own, which nobody reads, and one that another service writes."""
    own = next(topic.name for topic in reversed(rights_of(user).writes))
    foreign = next(topic.name for topic in all_topics() if user not in topic.writers and topic.name.endswith("-dlq"))
    publisher = KafkaPublisher(live.access(user), client_id="test", deadline=5)
    try:
        if user != "ingest":  # whose topics have readers
            await publisher.publish([Outgoing(own, b"test", b"{}")])
        with pytest.raises(Unavailable, match=TopicAuthorizationFailedError.__name__):
            await publisher.publish([Outgoing(foreign, b"test", b"{}")])
    finally:
        await publisher.close()


async def test_a_service_reads_as_no_other_group(live: Rehearsal) -> None:
    source = KafkaSource(live.access("scoring"), [read_by("scoring")[0].name], "alerting")
    with pytest.raises(Unavailable, match=GroupAuthorizationFailedError.__name__):
        await source.start()
    await source.close()


def test_the_topics_are_there_for_who_has_the_password(
    operator: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["topics", "--replication", "3", "--rights"]) == 0
    said = capsys.readouterr().out
    assert f"{len(all_topics())} topics are there, 0 of them new\n" in said
    assert "36 entries in the access lists of alerting, ingest, profile-sync, scoring\n" in said


def test_dead_letters_are_read_through_the_same_door(
    operator: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dlq", "show", "mentions-scoring-dlq"]) == 1
    assert capsys.readouterr().err == "error: mentions-scoring-dlq has no such dead letter\n"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"KAFKA_PASSWORD": "wrong"}, r"127\.0\.0\.1:\d+ does not know this KAFKA_USERNAME with this KAFKA_PASSWORD"),
        ({"KAFKA_USERNAME": "nobody"}, r"127\.0\.0\.1:\d+ does not know this KAFKA_USERNAME with this KAFKA_PASSWORD"),
        (
            {"KAFKA_USERNAME": "", "KAFKA_PASSWORD": ""},
            r"127\.0\.0\.1:\d+ hangs up: it may want TLS .* or a KAFKA_USERNAME",
        ),
        ({"KAFKA_CA_FILE": ""}, r"127\.0\.0\.1:\d+ hangs up: it may want TLS"),
        (
            {"KAFKA_CA_FILE": "", "KAFKA_TLS": "true"},
            r"the certificate of 127\.0\.0\.1:\d+ is not trusted: self-signed certificate .*KAFKA_CA_FILE",
        ),
        ({"KAFKA_CA_FILE": "another"}, r"the certificate of 127\.0\.0\.1:\d+ is not trusted: .*KAFKA_CA_FILE"),
    ],
)
def test_who_is_not_let_in_is_told_why_in_a_line(
    operator: dict[str, str],
    changes: dict[str, str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    another = {"another": str(make(tmp_path, "other", ["127.0.0.1"]).authority)}
    for name, value in changes.items():
        monkeypatch.setenv(name, another.get(value, value))
    assert run(["topics"]) == 1
    said = capsys.readouterr().err
    assert re.search(rf"^error: kafka at \S+: {reason}", said), said
    assert said.count("\n") == 1
    assert operator["KAFKA_PASSWORD"] not in said


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_a_role_has_its_schema_and_nothing_else(live: Rehearsal, service: Any) -> None:
    url = (live.folder / "run-secrets" / service.name / "DATABASE_URL").read_text()
    connection = await asyncpg.connect(url)
    try:
        others = [other.module for other in SERVICES if other is not service]
        assert await connection.fetchval(f"SELECT count(*) FROM {service.module}.works_with") > 0
        for attempt in (
            *(f"SELECT * FROM {other}.works_with" for other in others),
            "CREATE SCHEMA mine",
            "CREATE TABLE public.mine ()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(attempt)
    finally:
        await connection.close()


async def test_the_roles_may_be_made_again(live: Rehearsal, operator: dict[str, str]) -> None:
    owner = await asyncpg.connect(operator["DATABASE_URL"])
    try:
        for statement in statements("amends"):
            await owner.execute(statement)
        assert await owner.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = 'scoring' AND NOT rolsuper") == 1
    finally:
        await owner.close()


async def test_no_role_comes_in_without_its_password(live: Rehearsal) -> None:
    url = (live.folder / "run-secrets" / "scoring" / "DATABASE_URL").read_text()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(re.sub(r":[0-9a-f]+@", ":wrong@", url))


def test_brokers_speak_to_no_broker_without_its_certificate(live: Rehearsal) -> None:
    """The port between brokers lets whoever gets in do everything."""
    properties = (live.folder / "kafka-1" / "server.properties").read_text()
    found = re.search(r"^listeners=.*INTERNAL://127\.0\.0\.1:(\d+)", properties, re.MULTILINE)
    assert found is not None
    context = ssl.create_default_context(cafile=live.folder / "ca.crt")
    with pytest.raises(NotAnswering, match=r"certificate|closed|reset"):
        kafka_brokers("127.0.0.1", int(found[1]), 5, context)
    context.load_cert_chain(live.folder / "broker.pem")
    assert len(kafka_brokers("127.0.0.1", int(found[1]), 5, context)) == 3


async def test_ctrl_c_ends_it_within_seconds_and_leaves_nothing(live: Rehearsal) -> None:
    folder = live.folder
    live.process.send_signal(signal.SIGINT)
    assert live.process.wait(END_SECONDS) == 0
    assert "every check held" in live.said
    await until(lambda: not live.processes(), "all processes of it are gone", seconds=5)
    assert not folder.exists()
