"""Where the desk finds profile-sync: an address and a key, or neither."""

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from alerting.desk_settings import DeskSettings


class Settings(DeskSettings):
    model_config = SettingsConfigDict(env_prefix="ALERTING_", env_ignore_empty=True, validate_default=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("ALERTING_PREFERENCES_URL", "http://127.0.0.1:8083")
    monkeypatch.setenv("ALERTING_PREFERENCES_KEY", "amk_secret")
    return monkeypatch


def test_both_or_neither(told: pytest.MonkeyPatch) -> None:
    assert Settings().preferences is not None
    told.delenv("ALERTING_PREFERENCES_KEY")
    with pytest.raises(ValidationError, match="needed with ALERTING_PREFERENCES_URL"):
        Settings()
    told.delenv("ALERTING_PREFERENCES_URL")
    assert Settings().preferences is None
    told.setenv("ALERTING_PREFERENCES_KEY", "amk_secret")
    with pytest.raises(ValidationError, match="needs ALERTING_PREFERENCES_URL"):
        Settings()


@pytest.mark.parametrize(
    "url", ["profile-sync:8083", "ftp://host", "https://user@host", "https://host/?a=b", "http://"]
)
def test_what_cannot_be_its_address_is_refused(told: pytest.MonkeyPatch, url: str) -> None:
    told.setenv("ALERTING_PREFERENCES_URL", url)
    with pytest.raises(ValidationError, match="must be the http"):
        Settings()


def test_the_key_is_not_printed(told: pytest.MonkeyPatch) -> None:
    assert "amk_secret" not in repr(Settings())
