"""Configuration complains about everything at once, in words."""

from pathlib import Path
from typing import Any

import httpx
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


async def headers(settings: Settings) -> Any:
    async with httpx.AsyncClient() as client:
        return await settings.crm_plan().access.auth(client, 5).headers()


async def test_a_simple_rest_crm_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    plan = settings.crm_plan()
    assert (settings.port, plan.name, plan.layout.url) == (8083, "rest", GOOD["PROFILE_SYNC_CRM_URL"])
    assert await headers(settings) == {"Authorization": "Bearer hush-hush"}
    assert await headers(load(monkeypatch, PROFILE_SYNC_CRM="rest", PROFILE_SYNC_CRM_TOKEN=None)) == {}
    assert "hush-hush" not in repr((settings, plan))


async def test_a_file_says_all_of_a_crm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text("crm: hubspot\nauth: {kind: bearer, token: {env: HUBSPOT_TOKEN}}\n")
    monkeypatch.setenv("HUBSPOT_TOKEN", "hush-hubspot")
    alone = dict.fromkeys(("PROFILE_SYNC_CRM_URL", "PROFILE_SYNC_CRM_TOKEN"))
    settings = load(monkeypatch, PROFILE_SYNC_CRM_FILE=str(path), **alone)
    assert settings.crm_plan().name == "hubspot"
    assert await headers(settings) == {"Authorization": "Bearer hush-hubspot"}
    assert "hush-hubspot" not in repr((settings, settings.crm_plan()))
    path.write_text("crm: paper\ncolour: red\n")
    with pytest.raises(Stuck, match=r"PROFILE_SYNC_CRM_FILE crm.yaml: /crm must be one of .*; /colour is no word"):
        load(monkeypatch, PROFILE_SYNC_CRM_FILE=str(path), **alone)


def test_a_crm_is_set_up_in_one_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    path.write_text("crm: hubspot\n")
    expected = "PROFILE_SYNC_CRM_FILE says it all: take away PROFILE_SYNC_CRM_URL, PROFILE_SYNC_CRM_TOKEN$"
    with pytest.raises(Stuck, match=expected):
        load(monkeypatch, PROFILE_SYNC_CRM_FILE=str(path))
    with pytest.raises(Stuck, match=r"PROFILE_SYNC_CRM_FILE is missing, and so is PROFILE_SYNC_CRM_URL: "):
        load(monkeypatch, PROFILE_SYNC_CRM_URL=None, PROFILE_SYNC_CRM_FILE=None)


@pytest.mark.parametrize("token", ["hush\nhush", "hüsh"])
def test_a_token_that_no_header_can_hold_is_refused(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    with pytest.raises(Stuck, match="PROFILE_SYNC_CRM_TOKEN must be one line of plain ASCII") as caught:
        load(monkeypatch, PROFILE_SYNC_CRM_TOKEN=token)
    assert "sh" not in str(caught.value).partition("TOKEN")[2].replace("ASCII", "")


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
        "PROFILE_SYNC_CRM must be rest: other CRMs are set up in PROFILE_SYNC_CRM_FILE",
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
