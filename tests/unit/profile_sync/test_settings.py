"""Configuration complains about everything at once, in words."""

import pytest

from events.runtime.configuration import load_settings
from events.runtime.errors import Stuck
from profile_sync.settings import Settings

GOOD = {
    "DATABASE_URL": "postgresql://amends@127.0.0.1/amends",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "API_KEYS_FILE": __file__,
    "PROFILE_SYNC_CRM_URL": "http://127.0.0.1:8090/profiles/{customer_id}",
    "PROFILE_SYNC_CRM_TOKEN": "hush-hush",
}


def load(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Settings:
    for name, value in (GOOD | changed).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return load_settings(Settings)


def test_what_is_set_is_taken_and_the_token_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert (settings.port, settings.crm) == (8083, "rest")
    assert settings.target.token is not None
    assert settings.target.token.get_secret_value() == "hush-hush"
    assert "hush-hush" not in repr(settings)


def test_every_complaint_comes_at_once_by_the_name_of_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Stuck) as caught:
        load(
            monkeypatch,
            DATABASE_URL=None,
            PROFILE_SYNC_CRM_URL="http://crm.example/{customer_id}",
            PROFILE_SYNC_PORT="eighty",
            PROFILE_SYNC_CRM="paper",
        )
    text = str(caught.value)
    for expected in (
        "DATABASE_URL is missing",
        "PROFILE_SYNC_CRM_URL must be https",
        "PROFILE_SYNC_PORT must be",
        "PROFILE_SYNC_CRM must be one of rest",
    ):
        assert expected in text
    assert "eighty" not in text


def test_an_answers_file_is_validated_whole(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("answers:\n  a: {kind: shoe_size}\n  b: {kind: note, channel: phone}\n")
    settings = load(monkeypatch, PROFILE_SYNC_ANSWERS_FILE=str(path))
    with pytest.raises(Stuck, match=r"/answers/a/kind .*/answers/b/channel "):
        settings.answers()
    path.write_text("answers:\n  spoken: {kind: language}\n")
    assert list(settings.answers().rules) == ["spoken"]
    path.unlink()
    with pytest.raises(Stuck, match="cannot be read"):
        settings.answers()
