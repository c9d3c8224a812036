"""``amends source`` hands over to ingest and gives back what that says; ``amends keys new`` makes keys that end."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amends.main import run
from events.runtime.api_keys import read_keys

REPORT = b'{"agent": "a-1"}'


def amends(*arguments: str, folder: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "LOG_LEVEL")}
    environ |= {"INGEST_SOURCES_FILE": str(folder / "sources.yaml"), "INGEST_SECRETS_DIR": str(folder)}
    command = (sys.executable, "-m", "amends", "source", *arguments)
    return subprocess.run(command, input=stdin, env=environ, capture_output=True, timeout=60, check=False)


def test_a_source_is_added_listed_and_tried_through_the_command_line(tmp_path: Path) -> None:
    added = amends("add", "shop", "--vendor", "typeform", folder=tmp_path)
    assert added.returncode == 0, added.stderr.decode()
    assert b"docs/integrations/typeform.md" in added.stdout
    assert b"shop" in amends("list", folder=tmp_path).stdout
    tried = amends("check", "shop", folder=tmp_path, stdin=REPORT)
    assert tried.returncode == 1
    assert b"it would be refused" in tried.stdout


@pytest.mark.parametrize(
    ("arguments", "code"), [(("--help",), 0), (("add", "--help"), 0), (("dance",), 2), ((), 2), (("list",), 1)]
)
def test_help_and_exit_codes_are_those_of_ingest(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    (tmp_path / "sources.yaml").write_text("sources: [{name: shop}]")
    done = amends(*arguments, folder=tmp_path)
    assert done.returncode == code
    assert b"usage: amends source" in done.stdout + done.stderr or b"vendor is required" in done.stderr


def test_a_key_that_ends_says_so_in_its_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text, days in (("36h", 1.5), ("90d", 90)):
        assert run(["keys", "new", "--scope", "metrics:read", "--expires", text]) == 0
        (tmp_path / "keys.yaml").write_text(capsys.readouterr().out)
        (key,) = read_keys(tmp_path / "keys.yaml")
        assert key.expires_at is not None
        assert abs(key.expires_at - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["soon", "2020-01-01T00:00:00Z", "2099-01-01", "1999-01-01T00:00:00Z"])
def test_an_end_that_is_none_or_past_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "new", "--scope", "metrics:read", "--expires", text]) == 2
    assert "--expires" in capsys.readouterr().err
