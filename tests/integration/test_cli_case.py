"""``amends case`` as it is typed, against alerting's API behind a real port."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.app import create_app
from alerting.settings import Settings
from amends.main import run
from events.runtime.api_keys import Keyring, new_key
from support.alerting_member import Member, answered, event, reported
from support.alerting_schema import migrated
from support.serving import serving

KEY, READER = new_key(("alerts:read", "alerts:act")), new_key(("alerts:read",))


@dataclass
class Terminal:
    url: str
    capture: pytest.CaptureFixture[str]

    async def type(self, *words: str, key: str = KEY.secret) -> tuple[int, str, str]:
        self.capture.readouterr()  # what was logged before
        code = await asyncio.to_thread(run, ["case", *words, "--url", self.url, "--key", key])
        told = self.capture.readouterr()
        return code, told.out, told.err


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def terminal(
    engine: AsyncEngine,
    database_url: str,
    free_port: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Terminal]:
    monkeypatch.setenv("USER", "Dana")
    values: dict[str, Any] = {
        "DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "API_KEYS_FILE": __file__,
    }
    app = create_app(Settings(**values), engine, Keyring((KEY.kept, READER.kept))).app
    capsys.readouterr()  # what the service says of itself
    async with serving(app, free_port):
        yield Terminal(f"http://127.0.0.1:{free_port}", capsys)


async def test_a_case_is_listed_claimed_worked_and_closed(terminal: Terminal, engine: AsyncEngine) -> None:
    assert await terminal.type("list") == (0, "nobody waits\n", "")
    await Member(engine, 0).take(event(reported()), event(answered(1, comment="canary words")))
    code, listed, _ = await terminal.type("list")
    assert code == 0
    case = listed.splitlines()[1].split()[0]
    assert "low_score" in listed
    for words in (
        ("claim", case),
        ("attempt", case, "--result", "busy", "--note", "twice"),
        ("note", case, "Speaks Bengali."),
        ("hand-over", case, "--to", "Ravi"),
        ("appointment", case, "--at", "2999-01-01T00:00:00Z"),
        ("contacted", case, "--by", "Ravi"),
        ("close", case, "--outcome", "recovered", "--cause", "workflow", "--remedy", "Refunded."),
        ("reopen", case, "--reason", "The refund never came."),
        ("claim", case),
        ("release", case),
    ):
        code, out, error = await terminal.type(*words)
        assert (code, error) == (1, error) if words[0] == "appointment" else (0, ""), (words, error)
        assert out.startswith(f"{case} is ") or words[0] == "appointment"
    code, shown, _ = await terminal.type("show", case)
    assert code == 0
    assert "handed over by Dana" in shown
    assert "contacted by Ravi" in shown
    assert "canary" not in shown


async def test_what_is_refused_is_said_in_one_line(terminal: Terminal, engine: AsyncEngine) -> None:
    await Member(engine, 0).take(event(answered(1)))
    _, listed, _ = await terminal.type("list")
    case = listed.splitlines()[1].split()[0]
    for words, key, said in (
        (("contacted", case), KEY.secret, "claimed first"),
        (("appointment", case, "--at", "tomorrow"), KEY.secret, "at "),
        (("close", case, "--outcome", "recovered"), KEY.secret, "needs the cause and the remedy"),
        (("claim", case), READER.secret, "scope"),
        (("claim", case), "amk_wrong", "key"),
        (("claim", case), "", "an API key is needed"),
        (("show", "ffffffff-0000"), KEY.secret, "no cases begin like that"),
    ):
        code, out, error = await terminal.type(*words, key=key)
        assert (code, out, error.count("\n")) == (1, "", 1), (words, error)
        assert said in error, error


async def test_a_desk_that_is_away_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    away = Terminal("http://127.0.0.1:1", capsys)
    code, _, error = await away.type("list")
    assert code == 1
    assert "could not be reached at http://127.0.0.1:1" in error
