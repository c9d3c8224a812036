"""``amends source`` with a real PostgreSQL: keys that are shown once, listed, rotated and revoked."""

import asyncio
import io
import json
import re
from pathlib import Path

import pytest

from events.runtime.api_keys import Keyring
from events.runtime.database import create_engine
from events.runtime.migrate import upgrade
from ingest.commands.place import MIGRATIONS
from ingest.commands.source import execute
from ingest.sources.live import LiveSources
from ingest.store.key_refresh import KeyRefresh
from ingest.store.keys import Keys
from support.source_vendors import VENDORS


class Terminal:
    def __init__(self, folder: Path, database_url: str, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.url, self._capture = folder, database_url, capture
        self.file = folder / "sources.yaml"
        self.environ = {
            "INGEST_SOURCES_FILE": str(self.file),
            "INGEST_SECRETS_DIR": str(folder),
            "DATABASE_URL": database_url,
        }
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        code = execute(arguments, self.environ, VENDORS)
        self.out, self.err = self._capture.readouterr()
        return code

    def key(self) -> str:
        (found,) = re.findall(r"Authorization: Bearer (amk_\S+)", self.out)
        return str(found)

    def opens(self, *secrets: str) -> list[bool]:
        """What a service that starts now would say to these keys."""

        async def asked() -> list[bool]:
            engine, keyring = create_engine(self.url, "ingest"), Keyring(())
            live = LiveSources(self.file, self.folder, database=True, vendors=VENDORS)
            await KeyRefresh(Keys(engine), keyring, live.voices).once()
            keys = [keyring.find(f"Bearer {secret}") for secret in secrets]
            await engine.dispose()
            source = live.find("pbx")
            return [bool(key and source and source.admits(key)) for key in keys]

        return asyncio.run(asked())


async def _migrated(url: str) -> None:
    engine = create_engine(url, "ingest")
    await upgrade(engine, "ingest", MIGRATIONS)
    await engine.dispose()


@pytest.fixture
def terminal(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    asyncio.run(_migrated(database_url))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    return Terminal(tmp_path, database_url, capsys)


def test_the_life_of_a_key(terminal: Terminal) -> None:
    assert terminal("add", "pbx", "--vendor", "pbx", "--tenant", "acme", "--speaks-for", "/pbx/acme") == 0
    first = terminal.key()
    assert terminal.opens(first) == [True]

    assert terminal("rotate", "pbx", "--overlap", "2h") == 0
    second = terminal.key()
    assert f"The key {first[4:12]} opens until" in terminal.out
    assert terminal.opens(first, second) == [True, True]

    assert terminal("rotate", "pbx") == 1
    assert "has 2 live keys already" in terminal.err
    assert f"{first[4:12]} or {second[4:12]}" in terminal.err

    assert terminal("list", "--json") == 0
    (source,) = json.loads(terminal.out)["sources"]
    assert [(key["id"], key["expires_at"] is None) for key in source["keys"]] == [
        (first[4:12], False),
        (second[4:12], True),
    ]
    assert terminal("list") == 0
    assert first[4:12] in terminal.out
    assert first not in terminal.out

    assert terminal("revoke", "pbx", first[4:12]) == 0
    assert terminal.opens(first, second) == [False, True]
    assert terminal("revoke", "pbx") == 0
    assert terminal.opens(first, second) == [False, False]
    assert terminal("revoke", "pbx") == 1
    assert "no live key" in terminal.err


def test_an_overlap_of_nothing_ends_the_old_key_at_once(terminal: Terminal) -> None:
    terminal("add", "pbx", "--vendor", "pbx")
    first = terminal.key()
    assert terminal("rotate", "pbx", "--overlap", "0m") == 0
    assert terminal.opens(first, terminal.key()) == [False, True]


def test_when_a_key_was_used_is_listed(terminal: Terminal) -> None:
    terminal("add", "pbx", "--vendor", "pbx")
    key = terminal.key()

    async def used() -> None:
        engine = create_engine(terminal.url, "ingest")
        await Keys(engine).used([key[4:12]])
        await engine.dispose()

    asyncio.run(used())
    terminal("list", "--json")
    assert json.loads(terminal.out)["sources"][0]["keys"][0]["last_used_at"] is not None


def test_keys_that_outlived_their_source_are_named_and_must_go_before_it_comes_again(terminal: Terminal) -> None:
    terminal("add", "pbx", "--vendor", "pbx")
    key = terminal.key()
    terminal.file.write_text("sources: []")
    assert terminal("list") == 0
    assert f"key {key[4:12]} is of pbx, which is no source any more" in terminal.out
    assert terminal("add", "pbx", "--vendor", "pbx") == 1
    assert "amends source revoke pbx" in terminal.err
    assert terminal.file.read_text() == "sources: []"
    assert terminal("revoke", "pbx") == 0
    assert terminal("add", "pbx", "--vendor", "pbx") == 0


def test_a_broken_file_does_not_keep_anybody_from_revoking(terminal: Terminal) -> None:
    terminal("add", "pbx", "--vendor", "pbx")
    terminal.file.write_text("sources: [")
    assert terminal("revoke", "pbx") == 0


def test_a_refused_source_leaves_no_key_behind(terminal: Terminal) -> None:
    assert terminal("add", "pbx", "--vendor", "pbx", "--time-zone", "Mars") == 1
    assert terminal("add", "pbx", "--vendor", "pbx") == 0
    terminal("list", "--json")
    assert len(json.loads(terminal.out)["sources"][0]["keys"]) == 1


def test_a_database_that_is_away_or_not_migrated_is_said_in_a_sentence_and_nothing_is_written(
    terminal: Terminal, database_url: str
) -> None:
    terminal.environ["DATABASE_URL"] = "postgresql://a@127.0.0.1:1/d"
    assert terminal("add", "pbx", "--vendor", "pbx") == 1
    assert terminal.err.startswith("error: database: ")
    assert not terminal.file.exists()


async def test_a_database_that_is_not_migrated_says_what_to_run(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Terminal(tmp_path, database_url, capsys)
    assert await asyncio.to_thread(bare, "add", "pbx", "--vendor", "pbx") == 1
    assert "run the migrate command" in bare.err
    assert not bare.file.exists()
