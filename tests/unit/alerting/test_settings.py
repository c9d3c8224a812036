"""Configuration is refused with every complaint at once, and no value repeated."""

from pathlib import Path

import pytest

from alerting.settings import Settings
from events.runtime.configuration import load_settings
from events.runtime.errors import Stuck

SECRET = "whsec_" + "A" * 32
NEEDED = {"DATABASE_URL": "postgresql://x", "KAFKA_BOOTSTRAP_SERVERS": "x:1", "API_KEYS_FILE": __file__}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def complaint(environment: pytest.MonkeyPatch, **values: str) -> str:
    for name, value in values.items():
        environment.setenv(f"ALERTING_{name}", value)
    with pytest.raises(Stuck) as caught:
        load_settings(Settings)
    return str(caught.value)


def test_the_defaults_suffice(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings(Settings)
    assert settings.port == 8082
    assert settings.quick_start() == ()
    assert settings.policy.fresh_minutes == 60


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Stuck, match=r"KAFKA_\w+ is missing.*API_KEYS_FILE is missing.*DATABASE_URL is missing"):
        load_settings(Settings)


def test_all_complaints_come_at_once_and_repeat_no_secret(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: {low_score: {at_or_below: {1-5: 9}}}\nsorrow: true\n")
    said = complaint(
        environment,
        WEBHOOK_SECRET="canary-secret",
        WEBHOOK_URL="http://canary.example/hook",
        APPRISE_URLS="canary://a json://127.0.0.1:1",
        DESK_PASSPHRASE="canary",
        DESK_TIME_ZONE="Canary/Nowhere",
        PUBLIC_URL="canary",
        RULES_FILE=str(rules),
        PORT="0",
    )
    for name in (
        *("WEBHOOK_SECRET", "WEBHOOK_URL", "APPRISE_URLS", "DESK_PASSPHRASE"),
        *("DESK_TIME_ZONE", "PUBLIC_URL", "RULES_FILE", "PORT"),
    ):
        assert f"ALERTING_{name}" in said, name
    assert "/rules/low_score/at_or_below" in said
    assert "/sorrow" in said
    assert "canary" not in said.lower()


def test_a_webhook_is_signed_or_not_sent(environment: pytest.MonkeyPatch) -> None:
    assert "needs ALERTING_WEBHOOK_SECRET" in complaint(environment, WEBHOOK_URL="https://hooks.example/x")


def test_plain_http_is_for_receivers_on_this_machine(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALERTING_WEBHOOK_SECRET", SECRET)
    for url in ("http://127.0.0.1:9/x", "http://localhost:9", "http://[::1]:9/", "https://hooks.example/x"):
        environment.setenv("ALERTING_WEBHOOK_URL", url)
        assert [channel.name for channel in load_settings(Settings).quick_start()] == ["webhook"]
    for url in ("http://hooks.example/x", "http://127.0.0.1.example/", "ftp://127.0.0.1/", "https://", "nonsense"):
        assert "https" in complaint(environment, WEBHOOK_URL=url)


def test_rules_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: {low_score: {at_or_below: {0-10: 3}}}\n")
    environment.setenv("ALERTING_RULES_FILE", str(rules))
    policy = load_settings(Settings).policy
    assert policy.rules.low_score.at_or_below == {"0-10": 3}


def test_the_on_call_file_is_checked_before_anything_starts(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plan = tmp_path / "oncall.yaml"
    plan.write_text("people: {dana: {name: Dana, reach: {canary: canary@example.org}}}\n")
    said = complaint(environment, ONCALL_FILE=str(plan))
    assert "ALERTING_ONCALL_FILE" in said
    assert "names no channel of this file" in said
    assert "canary@" not in said


def test_secrets_do_not_show(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALERTING_DESK_PASSPHRASE", "canary phrase")
    environment.setenv("ALERTING_APPRISE_URLS", "json://canary:pass@127.0.0.1:1")
    settings = load_settings(Settings)
    assert "canary" not in repr(settings) + repr(settings.quick_start())
