"""``amends oncall`` on a real PostgreSQL."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from alerting.api.oncall import router
from alerting.commands import oncall as command
from alerting.core.oncall.file import PeopleSection, SchedulesSection
from alerting.store.schema import MIGRATIONS, SCHEMA
from events.runtime import plain_yaml
from events.runtime.api_keys import Keyring
from events.runtime.database import create_engine
from events.runtime.migrate import upgrade

FILE = """
channels: {}
people:
  dana: {name: Dana Reyes}
  ravi: {name: Ravi Sen}
schedules:
  recovery:
    zone: Europe/Berlin
    layers:
      - {rotation: [dana], every: week, handover: mon 09:00, since: 2026-01-05}
"""


class Shell:
    def __init__(self, database_url: str, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.environ = {"DATABASE_URL": database_url, "ALERTING_ONCALL_FILE": str(file)}
        self._capsys = capsys

    async def __call__(self, *words: str, code: int = 0) -> str:
        done = await asyncio.to_thread(command.execute, words, self.environ)
        captured = self._capsys.readouterr()
        assert done == code, captured
        return captured.err if code else captured.out


@pytest.fixture
async def shell(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    await engine.dispose()
    file = tmp_path / "oncall.yaml"
    file.write_text(FILE)
    capsys.readouterr()
    return Shell(database_url, file, capsys)


def local(hours: float) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%MZ}"


async def test_who_is_on_call_is_printed(shell: Shell) -> None:
    assert await shell("now") == "recovery (Europe/Berlin)\n  layer 1  Dana Reyes\n"
    (found,) = json.loads(await shell("now", "--json"))
    assert found["layers"][0]["people"] == [{"id": "dana", "name": "Dana Reyes"}]


async def test_the_shifts_are_printed_by_the_clocks_of_the_schedule(shell: Shell) -> None:
    shown = await shell("schedule", "recovery", "--from", "2026-03-29T00:00", "--to", "2026-03-31T00:00")
    assert shown.splitlines() == [
        "layer  from                       until                      who         by",
        "1      Mon 2026-03-23 09:00 CET   Mon 2026-03-30 09:00 CEST  Dana Reyes  rotation",
        "1      Mon 2026-03-30 09:00 CEST  Mon 2026-04-06 09:00 CEST  Dana Reyes  rotation",
        "somebody is on call all the time",
    ]
    assert "there is no schedule of that name" in await shell("schedule", "nothing", code=1)
    assert "a time must be such as" in await shell("schedule", "recovery", "--from", "today", code=1)


async def test_an_override_is_made_listed_and_ended(shell: Shell) -> None:
    words = ("override", "add", "recovery", "ravi", "--to", local(2), "--by", "Dana", "--json")
    made = json.loads(await shell(*words))
    assert (made["layer"], made["effect"], made["made_by"]) == (1, "on", "Dana")
    assert "Ravi Sen, until" in await shell("now")
    assert made["id"] in await shell("override", "list")
    assert "Maria" in await shell("override", "end", made["id"], "--by", "Maria")
    assert "Ravi" not in await shell("now")
    assert await shell("override", "list") == "no overrides\n"
    assert made["id"] in await shell("override", "list", "--past")
    assert "no such override" in await shell("override", "end", "0b9e4c1e-7c1f-4a43-9a56-4f3c3d1c6f10", code=1)


async def test_somebody_off_leaves_a_gap(shell: Shell) -> None:
    assert await shell("gaps") == "somebody is on call all the time\n"
    await shell("override", "add", "recovery", "dana", "--off", "--from", local(3), "--to", local(5))
    assert "recovery: nobody is on call from" in await shell("gaps")
    (gap,) = json.loads(await shell("gaps", "--json"))
    assert gap["schedule"] == "recovery"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("recovery", "maria"), "/person is nobody of the on-call file"),
        (("recovery", "dana", "--layer", "2"), "/layer must be at most 1"),
        (("recovery", "dana", "--note", "x" * 501), "/note is too long"),
    ],
)
async def test_an_override_that_cannot_be_is_refused(shell: Shell, words: tuple[str, ...], complaint: str) -> None:
    assert complaint in await shell("override", "add", *words, "--to", local(2), code=1)
    past = ("--from", local(-3), "--to", local(-1))
    assert "--to is past" in await shell("override", "add", "recovery", "dana", *past, code=1)


async def test_a_link_that_is_printed_opens_the_calendar(shell: Shell) -> None:
    address = (await shell("link", "add", "--schedule", "recovery")).strip()
    document: Any = plain_yaml.loads(FILE)
    schedules = SchedulesSection.model_validate(document["schedules"]).value()
    engine = create_engine(shell.environ["DATABASE_URL"], SCHEMA)
    app = FastAPI()
    app.include_router(router(engine, schedules, PeopleSection.model_validate(document["people"]).value(), Keyring(())))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
        got = await client.get(address)
    await engine.dispose()
    assert b"SUMMARY:Dana Reyes" in got.content
    id_ = (await shell("link", "list")).splitlines()[1].split()[0]
    assert f"aml_{id_}_" in address
    assert "Maria" in await shell("link", "revoke", id_, "--by", "Maria")


async def test_a_file_is_checked_without_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell("", tmp_path / "none", capsys)
    file = tmp_path / "oncall.yaml"
    file.write_text(FILE + "      - {calendar: {url: {env: BACKUP_CALENDAR}}}\n")
    assert "/schedules/recovery/layers/1/calendar/url" in await shell("check", str(file), code=1)
    monkeypatch.setenv("BACKUP_CALENDAR", "https://calendar.example.org/secret.ics")
    shown = await shell("check", str(file))
    assert "people 2, schedules 1" in shown
    assert "layer 1  Dana Reyes" in shown
    assert "secret" not in shown
    file.write_text(FILE.replace("[dana]", "[kofi]"))
    assert "names nobody of the section people" in await shell("check", str(file), code=1)


async def test_what_is_missing_is_said(shell: Shell) -> None:
    del shell.environ["ALERTING_ONCALL_FILE"]
    assert "ALERTING_ONCALL_FILE is not set" in await shell("now", code=1)
    del shell.environ["DATABASE_URL"]
    assert "DATABASE_URL is not set" in await shell("now", code=1)
    assert await shell("what", code=2)
