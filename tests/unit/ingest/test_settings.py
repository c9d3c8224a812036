from pathlib import Path

import pytest

from events.runtime.errors import Stuck
from ingest.settings import load

NAMES = ("KAFKA_BOOTSTRAP_SERVERS", "API_KEYS_FILE", "INGEST_HOST", "INGEST_PORT", "LOG_LEVEL")


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_every_complaint_comes_at_once_and_repeats_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGEST_PORT", "secret-port")
    monkeypatch.setenv("LOG_LEVEL", "secret-level")
    monkeypatch.setenv("API_KEYS_FILE", "/nowhere/secret-file")
    with pytest.raises(Stuck) as caught:
        load()
    text = str(caught.value)
    assert all(name in text for name in ("KAFKA_BOOTSTRAP_SERVERS", "API_KEYS_FILE", "INGEST_PORT", "LOG_LEVEL"))
    assert "secret" not in text
    assert "\n" not in text


def test_two_variables_are_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = tmp_path / "keys.yaml"
    keys.write_text("keys: []")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    monkeypatch.setenv("API_KEYS_FILE", str(keys))
    settings = load()
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 8080, "info")
