"""One suite over the settings of every service, and over the page that documents them."""

import os
from pathlib import Path

import pytest

from alerting.settings import Settings as Alerting
from events.runtime.configuration import KafkaSettings, load_settings, variables
from events.runtime.errors import Stuck
from ingest.settings import Settings as Ingest
from profile_sync.settings import Settings as ProfileSync
from scoring.settings import Settings as Scoring

PAGE = Path(__file__).parents[2] / "docs/configuration.md"
OURS = ("INGEST_", "SCORING_", "ALERTING_", "PROFILE_SYNC_", "KAFKA_", "DATABASE_URL", "API_KEYS_FILE", "LOG_LEVEL")

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


@every_service
def test_every_variable_is_documented(kind: type[KafkaSettings]) -> None:
    page = PAGE.read_text()
    assert [name for name in variables(kind) if f"| `{name}` |" not in page] == []


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
