"""What `amends doctor` makes of what it sees: pure judgments, files, and how it is told."""

import asyncio
import json
import os
import re
import socket
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from amends import doctor
from amends.doctor.checks import (
    CHECKS,
    broker,
    certificates,
    clocks,
    connections,
    disk,
    keys,
    members,
    ports,
    topics,
    versions,
)
from amends.doctor.checks import secret_files as files
from amends.doctor.databases import Databases
from amends.doctor.examine import Check, examine
from amends.doctor.finding import Finding, Level, count, fine, spoken
from amends.doctor.given import Given, gather
from amends.doctor.holder import holder
from amends.main import build, run
from amends.services import ALERTING, INGEST, SCORING, SERVICES
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaAccess
from events.runtime.kafka.look import Cluster, Seen
from events.topics import MENTIONS

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOTHING = Given(Databases({}), dict.fromkeys(SERVICES, "http://127.0.0.1:9"))
SETTINGS = {"retention.ms": "2592000000", "max.message.bytes": "1048576", "min.insync.replicas": "2"}


def levels(found: Sequence[Finding]) -> list[str]:
    return [each.level.value for each in found]


@pytest.mark.parametrize(
    ("off", "level"), [(-1.9, "fine"), (2.5, "warning"), (-59, "warning"), (61, "broken"), (-3600, "broken")]
)
def test_a_clock_may_be_two_seconds_off_and_never_a_minute(off: float, level: str) -> None:
    found = clocks.judged("the clock", NOW, NOW + timedelta(seconds=off), NOW)
    assert found.level == level
    assert level == "fine" or ("ahead of" if off > 0 else "behind") in found.says


def test_a_clock_read_slowly_is_given_the_benefit_of_the_doubt() -> None:
    found = clocks.judged("the clock", NOW, NOW + timedelta(seconds=9), NOW + timedelta(seconds=10))
    assert found.level is Level.FINE


@pytest.mark.parametrize(("brokers", "level"), [(1, "warning"), (2, "warning"), (3, "fine")])
def test_three_brokers_are_enough(brokers: int, level: str) -> None:
    assert broker.judged(Cluster(brokers, 1)).level == level
    assert broker.judged(Cluster(brokers, None)).level is Level.BROKEN


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (Seen(6, 3, 3, SETTINGS), "all 1 topics are as the code wants them"),
        (Seen(6, 1, 1, {**SETTINGS, "min.insync.replicas": "1"}), "mentions is kept on 1 broker of 3"),
        (Seen(6, 3, 3, {**SETTINGS, "min.insync.replicas": "1"}), "mentions acknowledges what only 1 broker may have"),
        (Seen(6, 3, 1, SETTINGS), "mentions takes no records: 1 of 2 replicas that it needs are in sync"),
        (Seen(6, 3, 3, None), "the settings of 1 topic are not shown to us: grant DescribeConfigs"),
    ],
)
def test_copies_of_a_topic_are_judged_by_the_brokers_there_are(seen: Seen, says: str) -> None:
    assert [each.says for each in topics.compared([MENTIONS], {"mentions": seen}, brokers=3)] == [says]


def test_no_topic_at_all_is_one_complaint_with_its_command() -> None:
    (found,) = topics.compared([MENTIONS], {}, brokers=2)
    assert (found.says, found.fix) == ("no topic is there", "amends topics --replication 2")


@pytest.mark.parametrize(
    ("taken", "age", "level"),
    [(10, 0, "fine"), (85, 0, "warning"), (96, 0, "broken"), (10, 2**30 + 1, "broken")],
)
def test_a_database_needs_connections_and_transaction_numbers(taken: int, age: int, level: str) -> None:
    (found,) = connections.judged("scoring", "18.6", 2**20, False, taken, 100, age)
    assert found.level == level


def test_a_consumer_with_more_processes_than_partitions_says_how_many_idle() -> None:
    (found,) = members.judged({"scoring": 8}, {"mentions": 6, "alerts": 6})
    assert (found.level, "2 of them idle" in found.says) == (Level.FINE, True)
    (found,) = members.judged({"scoring": 8}, {"mentions": 12, "alerts": 12})
    assert (found.level, "idle" in found.says) == (Level.FINE, False)


def test_keys_are_told_by_id_a_fortnight_before_they_end() -> None:
    ends = {"ended000": -1.0, "soon0000": 13.9, "later000": 14.1}
    found = keys.judged([keys.Ending(id_, NOW + timedelta(days=days)) for id_, days in ends.items()], NOW, "do")
    assert [each.says.split()[1] for each in found] == ["ended000", "soon0000"]
    assert levels(found) == ["warning", "warning"]


@pytest.mark.parametrize(("free", "level"), [(50, "fine"), (9, "warning"), (1, "broken")])
def test_a_disk_is_judged_by_what_is_free(free: int, level: str) -> None:
    assert disk.judged("this folder", free, 100).level == level


def test_packages_must_agree_and_services_run_the_same() -> None:
    assert versions.installed("0.6.0", {"amends-events": "0.6.0"}).level is Level.FINE
    apart = versions.installed("0.6.0", {"amends-events": "0.5.0"})
    assert (apart.level, "amends-events 0.5.0" in apart.says) == (Level.BROKEN, True)
    assert levels(versions.compared("0.6.0", SCORING, "0.6.0")) == ["fine"]
    assert levels(versions.compared("0.6.0", SCORING, "0.5.0")) == ["broken"]
    assert levels(versions.compared("0.6.0", SCORING, "")) == ["skipped"]
    assert versions.compared("0.6.0", SCORING, None) == []


def certificate(path: Path, *ends: timedelta) -> Path:
    """Certificates of 127.0.0.1 that vouch for themselves, and the key of the last."""
    made = []
    for end in ends:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kafka")])
        now = datetime.now(UTC)
        number = x509.random_serial_number()
        signed = (
            x509.CertificateBuilder(name, name, key.public_key(), number, now - timedelta(90), now + end)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256())
        )
        made.append(signed.public_bytes(serialization.Encoding.PEM))
    kind, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(b"".join(made))
    path.with_suffix(".key").write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, plain))
    return path


@pytest.mark.parametrize(("days", "level"), [(90, "fine"), (10, "warning")])
async def test_the_certificate_that_a_broker_shows_is_looked_at(days: int, level: str, tmp_path: Path) -> None:
    path = certificate(tmp_path / "shown.pem", timedelta(days))
    other = certificate(tmp_path / "other.pem", timedelta(days))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, path.with_suffix(".key"))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    there = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        believed = await certificates.look(replace(NOTHING, kafka=KafkaAccess(f"127.0.0.1:9, {there}", ca=path)))
        doubted = await certificates.look(replace(NOTHING, kafka=KafkaAccess(there, ca=other)))
    assert (levels(believed), levels(doubted)) == (["skipped", level], ["broken"])
    assert there in believed[1].says
    assert ("restart that broker" in believed[1].fix) is (level == "warning")


@pytest.mark.parametrize(
    ("days", "own", "authority"),
    [((90,), "fine", "fine"), ((10,), "warning", "warning"), ((-1,), "broken", "broken"), ((90, -1), "broken", "fine")],
)
async def test_a_chain_ends_with_its_first_certificate_and_one_authority_is_enough(
    days: tuple[int, ...], own: str, authority: str, tmp_path: Path
) -> None:
    path = certificate(tmp_path / "pem", *(timedelta(each) for each in days))
    given = Given(NOTHING.databases, NOTHING.urls, certificates={"KAFKA_CERT_FILE": path, "KAFKA_CA_FILE": path})
    found = await certificates.look(given)
    assert levels(found) == [own, authority]
    assert all("nothing needs a restart" in each.fix for each in found if each.level is not Level.FINE)


async def test_a_file_that_is_no_certificate_is_told_though_nothing_can_be_asked_with_it(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("garbage")
    given = replace(NOTHING, kafka=KafkaAccess("127.0.0.1:9", ca=path), certificates={"KAFKA_CA_FILE": path})
    (result,) = await examine(given, [check for check in CHECKS if check.name == "certificates"])
    assert levels(result.findings) == ["broken", "skipped"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SCORING_BORD_PASSPHRASE", "SCORING_BOARD_PASSPHRASE"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("KAFKA_PASS", "docs/configuration.md"),
    ],
)
async def test_a_misspelt_file_of_the_store_is_told(
    name: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for well in ("DATABASE_URL", "SLACK_TOKEN", "survey-tool", "GRAFANA_PASSWORD"):
        (tmp_path / well).touch(0o600)
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    assert levels(await files.look(gather([], [], None))) == ["fine"]
    (tmp_path / name).touch(0o600)
    (_, stray) = await files.look(gather([], [], None))
    assert (stray.level, f"{name} is read by no setting" in stray.says, meant in stray.fix) == ("warning", True, True)


def test_a_secret_that_everybody_may_read_is_told_by_its_name(tmp_path: Path) -> None:
    secret = tmp_path / "DATABASE_URL"
    secret.write_text("hush")
    secret.chmod(0o640)
    assert levels(files.judged([secret])) == ["fine"]
    secret.chmod(0o644)
    (found,) = files.judged([secret])
    assert (found.level, str(secret) in found.says, "hush" in found.says) == (Level.WARNING, True, False)
    assert levels(files.judged([tmp_path / "nowhere"])) == ["broken"]


def test_whoever_listens_on_a_port_is_named() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert f"(pid {os.getpid()})" in str(holder(server.getsockname()[1]))


def test_a_nearer_word_counts_for_the_database_of_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "alerting").mkdir()
    (tmp_path / "alerting/DATABASE_URL").write_text("postgresql://alerting@folder/db\n")
    (tmp_path / "DATABASE_URL").write_text("postgresql://all@folder/db\n")
    (tmp_path / "KAFKA_USERNAME").write_text("doctor")
    (tmp_path / "KAFKA_PASSWORD").write_text("hush")
    for name, value in {"SECRETS_DIR": str(tmp_path), "ALERTING_PORT": "9000", "INGEST_HOST": "0.0.0.0"}.items():
        monkeypatch.setenv(name, value)
    given = gather(["scoring=postgresql://scoring@said/db?a=b"], ["ingest=http://ingest:8080/"], "k:9092")
    assert {url: [service.name for service in whose] for url, whose in given.databases.different.items()} == {
        "postgresql://all@folder/db": ["ingest", "profile-sync"],
        "postgresql://scoring@said/db?a=b": ["scoring"],
        "postgresql://alerting@folder/db": ["alerting"],
    }
    assert (given.urls[INGEST], given.urls[ALERTING]) == ("http://ingest:8080", "http://127.0.0.1:9000")
    assert (given.access.servers, given.access.username) == ("k:9092", "doctor")
    assert len(given.secrets) == 4
    assert gather([], [], None).urls[INGEST] == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "option", [["--database", "dance=postgresql://x/y"], ["--service", "http://x"], ["--only", "x"]]
)
def test_an_option_that_makes_no_sense_is_told(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", *option]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_help_names_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--help"])
    shown = capsys.readouterr().out
    assert [check.name for check in CHECKS if check.name not in shown] == []


async def test_a_wrong_way_into_kafka_is_told_once_and_nobody_says_that_none_was_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAFKA_TLS", "maybe")
    given = gather([], [], "127.0.0.1:9")
    chosen = [check for check in CHECKS if check.name in ("broker", "topics", "certificates")]
    found = [each for result in await examine(given, chosen) for each in result.findings]
    assert levels(found) == ["broken", "skipped", "skipped"]
    assert "KAFKA_TLS" in found[0].says
    assert {each.says for each in found[1:]} == {"how to get into Kafka is set wrongly"}


async def test_a_port_that_is_no_number_is_told_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGEST_PORT", "abc")
    found = await ports.look(gather([], [], None))
    assert len(found) == len(SERVICES)
    assert ("abc is no address" in found[0].says, "INGEST_PORT" in found[0].fix) == (True, True)


async def test_a_check_that_fails_hides_no_other() -> None:
    async def failing(_: Given) -> list[Finding]:
        raise KeyError("hush")

    async def away(_: Given) -> list[Finding]:
        raise Unavailable("kafka: TimeoutError")

    async def well(_: Given) -> list[Finding]:
        return [fine("well")]

    found = await examine(NOTHING, [Check("a", "A", failing), Check("b", "B", away), Check("c", "C", well)])
    assert [result.level.value for result in found] == ["broken", "skipped", "fine"]
    assert "hush" not in repr(found)
    assert "KeyError at test_doctor.py:" in found[0].findings[0].says


async def test_what_was_not_named_is_skipped_by_every_check() -> None:
    chosen = [check for check in CHECKS if check.name not in ("disk", "versions", "ports")]
    assert {result.level.value for result in await examine(NOTHING, chosen)} == {"skipped"}


def test_the_command_exits_1_only_where_something_is_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys_file = tmp_path / "keys.yaml"
    keys_file.write_text("keys: []")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("API_KEYS_FILE", str(keys_file))
    assert run(["doctor", "--only", "keys", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["healthy"], told["findings"][0]["level"], told["findings"][0]["check"]) == (True, "warning", "keys")
    keys_file.write_text("nonsense")
    assert run(["doctor", "--only", "keys"]) == 1
    said = capsys.readouterr().out
    assert "✗ API keys: keys.yaml" in said
    assert "→ amends keys new" in said
    assert said.splitlines()[-1] == "1 check: 1 thing broken; 1 not looked at"


def test_every_command_it_names_is_there() -> None:
    sources = Path(str(doctor.__file__)).parent.rglob("*.py")
    named = {found for path in sources for found in re.findall(r"\bamends ([a-z]+)(?: ([a-z]+))?", path.read_text())}
    known = typer.main.get_command(build()).commands  # type: ignore[attr-defined]
    assert {first for first, _ in named} <= known.keys()
    groups = {first: getattr(known[first], "commands", {}) for first, _ in named}
    assert [f"{first} {second}" for first, second in named if groups[first] and second not in groups[first]] == []


def test_numbers_are_spoken_as_people_do() -> None:
    assert [spoken(each) for each in (0.04, 61, 130, 7300, 3 * 86400)] == ["0.0 s", "61 s", "2 min", "2 h", "3 days"]
    assert [count(1, "record"), count(1200, "record"), count(2, "process", "processes")] == [
        "1 record",
        "1,200 records",
        "2 processes",
    ]
