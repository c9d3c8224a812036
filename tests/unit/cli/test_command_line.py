"""What every command has in common: help with examples, one line when it fails, exit codes 1 and 2."""

from pathlib import Path

import pytest

from amends.main import run
from events.runtime.api_keys import Keyring

COMMANDS = (
    ["demo"],
    ["replay"],
    ["dlq", "list"],
    ["dlq", "show"],
    ["dlq", "replay"],
    ["keys", "new"],
    ["topics"],
    ["migrate"],
    ["doctor"],
    ["rehearse"],
    ["database", "roles"],
    ["capacity"],
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    help_ = capsys.readouterr().out
    assert "Usage: amends" in help_
    assert command == ["dlq", "list"] or "Example" in help_


def test_nothing_asked_shows_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    captured = capsys.readouterr()
    assert "dlq" in captured.out + captured.err
    assert "error" not in captured.err


@pytest.mark.parametrize(
    "wrong", [["dance"], ["replay"], ["replay", "--batch", "x"], ["keys", "new", "--scope", "all"]]
)
def test_a_command_line_that_makes_no_sense_exits_2_in_one_line(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(wrong) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_a_new_key_opens_the_door_its_entry_describes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "new", "--scope", "events:write", "--source", "/crm/acme", "--note", "Acme's CRM"]) == 0
    captured = capsys.readouterr()
    (secret,) = [word for word in captured.err.split() if word.startswith("amk_")]
    (tmp_path / "keys.yaml").write_text(captured.out)
    key = Keyring.load(tmp_path / "keys.yaml").find(f"Bearer {secret}")
    assert key is not None
    assert (key.scopes, key.sources, key.note) == (("events:write",), ("/crm/acme",), "Acme's CRM")
    assert secret not in captured.out


def test_a_source_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "new", "--scope", "events:write", "--source", "a b"]) == 2
    assert "/sources" in capsys.readouterr().err


def test_debug_shows_where_it_failed(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("a\n")
    (tmp_path / "map.yaml").write_text("a: [")
    command = ["replay", str(tmp_path / "empty.csv"), "--map", str(tmp_path / "map.yaml"), "--dry-run"]
    assert run(command) == 1
    with pytest.raises(Exception, match="not YAML"):
        run(command, debug=True)
