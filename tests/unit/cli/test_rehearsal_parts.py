"""The parts of a rehearsal that need no broker: steps, secrets as files, the verdict, what is missing."""

import os
import ssl
import sys
from pathlib import Path

import httpx
import pytest

from amends.database_roles import statements
from amends.errors import CommandError
from amends.local.certificates import make
from amends.local.cluster import planned
from amends.local.errors import PartMissing
from amends.local.postgres import PostgresServer
from amends.local.prometheus import PrometheusServer
from amends.main import run
from amends.rehearsal import checks, identities, verdict
from amends.rehearsal.fleet import Front
from amends.rehearsal.ground import Ground
from amends.rehearsal.steps import Steps
from amends.services import SERVICES
from events.rights import rights_of
from events.runtime.kafka.acls import GROUP, READ, TOPIC, WRITE, entries


def test_a_step_is_said_with_its_time_and_its_command() -> None:
    said: list[str] = []
    steps = Steps(said.append)
    with steps.step("brokers", "kafka-server-start.sh"):
        pass
    assert said[:2] == ["brokers …", "    $ kafka-server-start.sh"]
    assert said[2].startswith("brokers: done in 0.")
    assert list(steps.taken) == ["brokers"]


def test_a_command_that_fails_ends_it_with_what_the_command_said() -> None:
    with pytest.raises(CommandError, match="exit code 3\nno such luck"):
        Steps(lambda _: None).run([sys.executable, "-c", "import sys; print('no such luck'); sys.exit(3)"], os.environ)


def test_secrets_become_files_of_ours_alone_and_the_rest_stays(tmp_path: Path) -> None:
    variables = {
        "DATABASE_URL": "postgresql://a:b@c/d",
        "KAFKA_PASSWORD": "p",
        "SCORING_SESSION_SECRET": "s",
        "ALERTING_PREFERENCES_KEY": "k",
        "PROFILE_SYNC_CRM_TOKEN": "t",
        "KAFKA_USERNAME": "scoring",
        "INGEST_SECRETS_DIR": "/x",
        "KAFKA_CA_FILE": "/ca",
    }
    left = identities.keep(tmp_path / "secrets", variables)
    files = {file.name: file for file in (tmp_path / "secrets").iterdir()}
    assert left.keys() == {"KAFKA_USERNAME", "INGEST_SECRETS_DIR", "KAFKA_CA_FILE", "SECRETS_DIR"}
    assert {name: file.read_text() for name, file in files.items()} == {
        name: value for name, value in variables.items() if name not in left
    }
    assert {file.stat().st_mode & 0o777 for file in files.values()} == {0o600}


def test_settings_of_a_real_installation_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_PASSWORD", "DATABASE_URL", "SECRETS_DIR", "ALERTING_ONCALL_FILE", "OTEL_SERVICE_NAME"):
        monkeypatch.setenv(name, "real")
    assert "real" not in identities.surroundings().values()
    assert "PATH" in identities.surroundings()


async def test_what_does_not_hold_is_said_and_the_rest_is_asked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "SETTLE_SECONDS", 0.0)
    said: list[str] = []

    async def holds() -> str | None:
        return None

    async def does_not() -> str | None:
        return "it does not"

    async def silent() -> str | None:
        raise httpx.ConnectError("away")

    asked = {"one": does_not, "two": holds, "three": silent}
    assert await verdict.reach(asked, Steps(said.append)) == [
        "one: it does not",
        "three: could not be asked: ConnectError: away",
    ]
    assert "  ok  two" in said


async def test_what_holds_after_a_while_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "PAUSE_SECONDS", 0.0)
    answers = iter(["not yet", "not yet", None])

    async def ask() -> str | None:
        return next(answers)

    assert await verdict.reach({"slow": ask}, Steps(lambda _: None)) == []


async def test_brokers_that_are_away_keep_nobody_out(tmp_path: Path) -> None:
    """Asked and not answered is not refused."""
    away = Ground(tmp_path, planned(tmp_path, identities.users()), (), PostgresServer(tmp_path / "postgres"))
    off = await checks.kept_out(away)
    assert off is not None
    assert "does not answer" in off or "hangs up" in off


async def test_the_front_takes_turns() -> None:
    came: list[int | None] = []

    async def note(request: httpx.Request) -> httpx.Response:
        came.append(request.url.port)
        return httpx.Response(202)

    front = Front(["http://127.0.0.1:1111", "http://127.0.0.1:2222"])
    await front.aclose()
    front._inner = httpx.MockTransport(note)  # type: ignore[assignment]
    async with httpx.AsyncClient(transport=front) as client:
        for _ in range(3):
            await client.post("http://127.0.0.1:1/v1/events")
    assert came == [1111, 2222, 1111]


def test_a_broker_vouched_for_by_the_authority_is_trusted_at_its_address_only(tmp_path: Path) -> None:
    made = make(tmp_path, "amends-broker", ["127.0.0.1"])
    for address, trusted in (("127.0.0.1", True), ("127.0.0.2", False)):
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(made.broker)
        client = ssl.create_default_context(cafile=made.authority)
        client.verify_flags |= ssl.VERIFY_X509_STRICT
        assert _shaken(client, server, address) is trusted
    assert made.broker.stat().st_mode & 0o777 == 0o600


def _shaken(client: ssl.SSLContext, server: ssl.SSLContext, address: str) -> bool:
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(one, other, server_hostname=address)
    theirs = server.wrap_bio(other, one, server_side=True)
    for _ in range(6):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return True


def test_the_access_list_of_a_service_is_its_rights() -> None:
    found = list(entries(rights_of("scoring")))
    assert (GROUP, "scoring", 3, "User:scoring", "*", READ, 3) in found
    assert (TOPIC, "scorecards", 3, "User:scoring", "*", WRITE, 3) in found
    assert {name for kind, name, _, _, _, operation, _ in found if (kind, operation) == (TOPIC, READ)} == {
        topic.name for topic in rights_of("scoring").reads
    }
    assert all(kind == TOPIC for kind, *_ in entries(rights_of("ingest")))  # it reads nothing: no group


def test_the_roles_are_printed_as_sql(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["database", "roles", "--name", "care"]) == 0
    said = capsys.readouterr().out
    assert said == "".join(f"{statement};\n" for statement in statements("care"))
    for service in SERVICES:
        assert f'CREATE SCHEMA IF NOT EXISTS "{service.module}" AUTHORIZATION "{service.module}";' in said
    assert "PASSWORD" not in said


def test_a_machine_without_prometheus_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartMissing, match=r"Prometheus is missing: .*--no-prometheus") as told:
        PrometheusServer(tmp_path / "prometheus", tmp_path, {}).start()
    assert "\n" not in str(told.value)
