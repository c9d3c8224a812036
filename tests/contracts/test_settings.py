"""One suite over the settings of every service, and over the page that documents them."""

import os
import re
from pathlib import Path

import pytest
from deploy.settings_page import filled, reference, settings_of_services

from alerting.settings import Settings as Alerting
from events.runtime.configuration import KafkaSettings, load_settings, secret_file, variables
from events.runtime.errors import Stuck
from ingest.settings import Settings as Ingest
from profile_sync.settings import Settings as ProfileSync
from scoring.settings import Settings as Scoring

PAGE = Path(__file__).parents[2] / "docs/configuration.md"
OURS = (
    "INGEST_",
    "SCORING_",
    "ALERTING_",
    "PROFILE_SYNC_",
    "KAFKA_",
    "DATABASE_URL",
    "API_KEYS_FILE",
    "LOG_LEVEL",
    "SECRETS_DIR",
)

every_service = pytest.mark.parametrize("kind", [Ingest, Scoring, Alerting, ProfileSync], ids=lambda k: k.__module__)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)


@every_service
def test_every_complaint_comes_at_once_and_repeats_no_value(
    kind: type[KafkaSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = f"{kind.model_config['env_prefix']}PORT"
    monkeypatch.setenv(port, "secret-port")
    monkeypatch.setenv("LOG_LEVEL", "secret-level")
    monkeypatch.setenv("API_KEYS_FILE", "/nowhere/secret-file")
    with pytest.raises(Stuck) as caught:
        load_settings(kind)
    text = str(caught.value)
    assert all(name in text for name in ("KAFKA_BOOTSTRAP_SERVERS is missing", "API_KEYS_FILE", port, "LOG_LEVEL"))
    assert "secret" not in text
    assert "\n" not in text


@every_service
def test_the_common_variables_are_enough_but_for_the_address_of_the_crm(
    kind: type[KafkaSettings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.yaml"
    keys.write_text("keys: []")
    for name, value in {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
        "DATABASE_URL": "postgresql://amends@127.0.0.1/amends",
        "API_KEYS_FILE": str(keys),
        "LOG_LEVEL": "INFO",
        "PROFILE_SYNC_CRM_URL": "https://crm.example/profiles/{customer_id}",
    }.items():
        monkeypatch.setenv(name, value)
    assert load_settings(kind).log_level == "info"


def test_the_page_has_what_the_settings_say_now() -> None:
    page = PAGE.read_text()
    assert filled(page, reference(settings_of_services())) == page, "run: python -m deploy.settings_page"


@every_service
def test_every_variable_is_explained(kind: type[KafkaSettings]) -> None:
    assert [name for name, field in variables(kind).items() if not field.description] == []


def test_the_reference_has_every_variable_of_every_service() -> None:
    found = reference(settings_of_services())
    for name, kind in (("ingest", Ingest), ("scoring", Scoring), ("alerting", Alerting), ("profile-sync", ProfileSync)):
        assert {one.name for one in found if name in one.services} == set(variables(kind))


def test_what_a_variable_takes_is_told_from_its_type_and_limits() -> None:
    def told(name: str) -> list[tuple[str, str | None, bool]]:
        return [(one.takes, one.default, one.secret) for one in reference(settings_of_services()) if one.name == name]

    assert told("INGEST_PORT") == [("whole number, 0 to 65535", "8080", False)]
    assert told("PROFILE_SYNC_CRM_TIMEOUT_SECONDS") == [("seconds, above 0 to 30", "10", False)]
    assert told("LOG_LEVEL") == [("`debug`, `info`, `warning`, `error`", "info", False)]
    assert told("INGEST_SECRETS_DIR") == [("folder", None, False)]
    assert told("KAFKA_TLS") == [("`true`, `false`", "false", False)]
    assert told("PROFILE_SYNC_CRM_TOKEN") == [("text", None, True)]
    assert told("DATABASE_URL") == [("address", None, True)] * 2  # ingest does without


def test_a_variable_without_a_table_is_not_left_out_in_silence() -> None:
    page = re.sub(r"<!-- settings of: scoring -->.*?<!-- end -->", "", PAGE.read_text(), flags=re.DOTALL)
    with pytest.raises(ValueError, match="no table for"):
        filled(page, reference(settings_of_services()))


@pytest.mark.parametrize("kind", [Ingest, Scoring], ids=lambda kind: kind.__module__)
@pytest.mark.parametrize("said", ["10.0.0.5/8", "nonsense//", "10.0.0.1, x"])
def test_a_misspelt_proxy_is_refused(kind: type[KafkaSettings], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{kind.__module__.partition('.')[0].upper()}_TRUSTED_PROXIES"
    monkeypatch.setenv(name, said)
    with pytest.raises(Stuck, match=f"{name} must be addresses or networks"):
        load_settings(kind)
    monkeypatch.setenv(name, "10.0.0.0/8, ::1")
    with pytest.raises(Stuck) as missing:
        load_settings(kind)
    assert name not in str(missing.value)


def test_a_wrong_published_file_is_told_with_everything_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    published = tmp_path / "published.yaml"
    published.write_text("metrics: [aht]\n")
    monkeypatch.setenv("SCORING_PUBLISHED_FILE", str(published))
    monkeypatch.setenv("SCORING_PORT", "none")
    with pytest.raises(Stuck, match=r"SCORING_PORT .*SCORING_PUBLISHED_FILE .*metrics"):
        load_settings(Scoring)


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets, and an environment that lacks only what is in it."""
    (tmp_path / "keys.yaml").write_text("keys: []")
    monkeypatch.setenv("API_KEYS_FILE", str(tmp_path / "keys.yaml"))
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setenv("SECRETS_DIR", str(folder))
    return folder


def test_any_variable_may_be_a_file_of_its_name(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "DATABASE_URL").write_text("postgresql://amends@filed/amends\n")
    (secrets / "SCORING_BOARD_PASSPHRASE").write_text("long enough\n")
    (secrets / "KAFKA_USERNAME").write_text("scoring")
    (secrets / "KAFKA_PASSWORD").write_text("hush")
    found = load_settings(Scoring)
    assert found.database_url == "postgresql://amends@filed/amends"
    assert found.board_passphrase is not None
    assert found.board_passphrase.get_secret_value() == "long enough"
    assert found.kafka.arguments()["sasl_plain_password"] == "hush"
    assert "hush" not in f"{found!r} {found.kafka!r}"
    monkeypatch.setenv("DATABASE_URL", "postgresql://amends@said/amends")
    assert load_settings(Scoring).database_url == "postgresql://amends@said/amends"


def test_a_password_in_a_file_is_read_again_and_one_of_the_environment_is_not(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("DATABASE_URL", "postgresql://db/amends"), ("KAFKA_USERNAME", "scoring")):
        (secrets / name).write_text(value)
    (secrets / "KAFKA_PASSWORD").write_text("hush")
    filed = load_settings(Scoring).kafka.arguments()["sasl_plain_password"]
    monkeypatch.setenv("KAFKA_PASSWORD", "said")
    monkeypatch.setenv("DATABASE_URL", "postgresql://said/amends")
    said = load_settings(Scoring).kafka.arguments()["sasl_plain_password"]
    assert secret_file("DATABASE_URL") is None
    monkeypatch.delenv("DATABASE_URL")
    assert secret_file("DATABASE_URL") == secrets / "DATABASE_URL"
    (secrets / "KAFKA_PASSWORD").write_text("hush again\n")
    assert (filed.encode(), said.encode()) == (b"hush again", b"said")
    (secrets / "KAFKA_PASSWORD").unlink()
    assert filed.encode() == b"hush again", "what was valid before goes on"


def test_a_folder_of_secrets_that_is_not_there_is_said(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRETS_DIR", str(secrets / "nowhere"))
    with pytest.raises(Stuck, match="SECRETS_DIR is no folder"):
        load_settings(Scoring)


def test_a_secret_that_cannot_be_read_is_named_in_a_line(secrets: Path) -> None:
    (secrets / "DATABASE_URL").write_bytes(b"hush\xff")
    (secrets / "another").write_bytes(b"\xff")
    with pytest.raises(Stuck) as caught:
        load_settings(Scoring)
    said = "configuration: DATABASE_URL in SECRETS_DIR cannot be read: UnicodeDecodeError"
    assert (str(caught.value), caught.value.__suppress_context__) == (said, True)


@pytest.mark.parametrize("half", ["KAFKA_USERNAME", "KAFKA_PASSWORD", "KAFKA_CERT_FILE", "KAFKA_KEY_FILE"])
def test_half_of_who_we_are_is_refused(half: str, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://amends@db/amends")
    monkeypatch.setenv(half, str(secrets.parent / "keys.yaml"))
    needed = r"^configuration: KAFKA_(PASSWORD and KAFKA_USERNAME|KEY_FILE and KAFKA_CERT_FILE) are needed together$"
    with pytest.raises(Stuck, match=needed):
        load_settings(Scoring)


def test_a_certificate_that_is_none_is_said_without_its_text(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://amends@db/amends")
    monkeypatch.setenv("KAFKA_CA_FILE", str(secrets.parent / "keys.yaml"))
    with pytest.raises(Stuck, match=r"Kafka's certificates cannot be used: SSLError"):
        load_settings(Scoring).kafka.arguments()
