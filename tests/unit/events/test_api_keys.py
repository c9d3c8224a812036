"""API keys: what opens, what doesn't, when it ends, and how a file of them is read again."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from events.runtime.api_keys import SCOPES, ApiKey, Keyring, dump, new_key, read_keys
from events.runtime.errors import Stuck
from events.runtime.reloading import keys_reloading
from support.until import until

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def _logs_as_a_service_has_them() -> None:
    """The command line, tried by other tests of this process, silences the log."""
    structlog.reset_defaults()


def test_a_key_opens_until_the_moment_it_expires() -> None:
    clock = Clock()
    key = new_key(SCOPES, expires_at=NOW + timedelta(hours=1))
    keyring = Keyring([key.kept], clock=clock)
    assert keyring.find(f"Bearer {key.secret}") == key.kept
    clock.now = NOW + timedelta(hours=1) - timedelta(microseconds=1)
    assert keyring.find(f"Bearer {key.secret}") == key.kept
    clock.now = NOW + timedelta(hours=1)
    assert keyring.find(f"Bearer {key.secret}") is None


def test_a_key_without_an_end_opens_for_ever() -> None:
    clock = Clock()
    clock.now = datetime(9999, 1, 1, tzinfo=UTC)
    key = new_key(SCOPES)
    assert Keyring([key.kept], clock=clock).find(f"bearer  {key.secret} ") == key.kept


@pytest.mark.parametrize("spoiled", ["", "Basic {0}", "Bearer", "{0}", "Bearer {0}x", "Bearer {1}", "Bearer {2}"])
def test_anything_but_the_key_itself_opens_nothing(spoiled: str) -> None:
    key, other = new_key(SCOPES), new_key(SCOPES)
    wrong_secret = key.secret[:13] + other.secret[13:]
    keyring = Keyring([key.kept])
    assert keyring.find(spoiled.format(key.secret, other.secret, wrong_secret)) is None
    assert keyring.find(None) is None
    assert keyring.used() == set()


def test_an_expired_key_costs_the_same_work_as_an_unknown_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[bytes] = []
    real = hashlib.sha256

    def counting(data: bytes) -> object:
        hashed.append(data)
        return real(data)

    monkeypatch.setattr("events.runtime.api_keys.hashlib.sha256", counting)
    expired, unknown, good = new_key(SCOPES, expires_at=NOW), new_key(SCOPES), new_key(SCOPES)
    keyring = Keyring([expired.kept, good.kept], clock=Clock())
    for key in (expired, unknown, good):
        hashed.clear()
        keyring.find(f"Bearer {key.secret}")
        assert len(hashed) == 1


def test_each_origin_is_replaced_whole_and_leaves_the_others_alone() -> None:
    of_file, first, second = new_key(SCOPES), new_key(SCOPES), new_key(SCOPES)
    keyring = Keyring([of_file.kept])
    keyring.replace([first.kept], origin="sources")
    keyring.replace([second.kept], origin="sources")
    assert keyring.find(f"Bearer {first.secret}") is None
    assert keyring.find(f"Bearer {second.secret}")
    assert keyring.find(f"Bearer {of_file.secret}")
    keyring.replace([])
    assert keyring.find(f"Bearer {of_file.secret}") is None
    assert keyring.find(f"Bearer {second.secret}")


def test_one_id_at_two_origins_means_the_first_of_them() -> None:
    key = new_key(("metrics:read",))
    keyring = Keyring([key.kept])
    keyring.replace([key.kept.model_copy(update={"scopes": SCOPES})], origin="sources")
    assert keyring.find(f"Bearer {key.secret}") == key.kept


def test_what_was_used_is_told_once() -> None:
    key, other = new_key(SCOPES), new_key(SCOPES)
    keyring = Keyring([key.kept, other.kept])
    for _ in range(3):
        keyring.find(f"Bearer {key.secret}")
    assert keyring.used() == {key.kept.id}
    assert keyring.used() == set()


def test_an_end_is_kept_in_the_file(tmp_path: Path) -> None:
    keys = (new_key(SCOPES, expires_at=NOW).kept, new_key(SCOPES, note="wallboard").kept)
    (tmp_path / "keys.yaml").write_text(dump(keys))
    assert read_keys(tmp_path / "keys.yaml") == keys
    assert dump(keys).count("expires_at") == 1


def test_an_end_without_an_offset_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(dump((new_key(SCOPES, expires_at=NOW).kept,)).replace("00Z", "00"))
    with pytest.raises(Stuck, match="/keys/0/expires_at must be an RFC 3339 date-time with an offset"):
        read_keys(tmp_path / "keys.yaml")


async def test_a_changed_file_counts_without_a_restart_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    file, stop = tmp_path / "keys.yaml", asyncio.Event()
    old, new = new_key(SCOPES), new_key(SCOPES)
    file.write_text(dump((old.kept,)))
    keyring = Keyring.load(file)
    with capture_logs() as lines:
        task = asyncio.create_task(keys_reloading(keyring, file, every=0.02)(stop))
        file.write_text("keys: [")
        await until(lambda: lines, "the mistake is told")
        assert keyring.find(f"Bearer {old.secret}")
        file.write_text(dump((new.kept,)))
        await until(lambda: keyring.find(f"Bearer {new.secret}"), "the new key opens")
        assert keyring.find(f"Bearer {old.secret}") is None
        stop.set()
        await asyncio.wait_for(task, 5)
    assert [line["log_level"] for line in lines] == ["error", "info"]


async def test_a_file_that_changed_between_loading_and_watching_counts_too(tmp_path: Path) -> None:
    file, stop = tmp_path / "keys.yaml", asyncio.Event()
    file.write_text(dump((new_key(SCOPES).kept,)))
    keyring, new = Keyring.load(file), new_key(SCOPES)
    file.write_text(dump((new.kept,)))
    task = asyncio.create_task(keys_reloading(keyring, file, every=60)(stop))
    await until(lambda: keyring.find(f"Bearer {new.secret}"), "the new key opens")
    stop.set()
    await asyncio.wait_for(task, 5)


def test_a_key_for_no_named_source_speaks_for_any() -> None:
    key = ApiKey(id="a" * 8, sha256="0" * 64, scopes=())
    assert key.may_speak_for("/crm")
    assert not key.model_copy(update={"sources": ("/pbx",)}).may_speak_for("/crm")
