"""Run directories: dead runs go, living and kept ones stay, and no process is killed that only has the same pid."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from amends.local.leftovers import OWNED, birth, end_noted, note_elsewhere, note_pid, run_directory


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def dead_run(root: Path, name: str = "run-dead") -> Path:
    run = root / "runs" / name
    run.mkdir(parents=True)
    (run / OWNED).touch()  # and nobody holds the lock
    return run


def test_a_run_has_a_directory_of_its_own_while_it_lives(tmp_path: Path) -> None:
    with run_directory(tmp_path) as one, run_directory(tmp_path) as other:
        assert one != other
        assert one.is_dir()
        assert other.is_dir()
    assert not one.exists()
    assert not other.exists()


def test_an_exception_removes_the_directory_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), run_directory(tmp_path) as run:
        _ = 1 / 0
    assert not run.exists()


def test_a_kept_run_survives_its_end_and_the_next_sweep(tmp_path: Path) -> None:
    with run_directory(tmp_path, keep=True) as kept:
        (kept / "data").touch()
    with run_directory(tmp_path):
        assert (kept / "data").exists()


def test_the_data_of_a_dead_run_is_removed_also_elsewhere(tmp_path: Path) -> None:
    run, elsewhere = dead_run(tmp_path), tmp_path / "elsewhere"
    elsewhere.mkdir()
    note_elsewhere(run, elsewhere)
    with run_directory(tmp_path):
        assert not run.exists()
        assert not elsewhere.exists()


def test_a_server_that_outlived_its_run_is_killed(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    note_pid(dead_run(tmp_path) / "kafka.pid", sleeper.pid)
    with run_directory(tmp_path):
        assert sleeper.wait(timeout=10) == -9


def test_a_recycled_pid_is_left_alone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    file = tmp_path / "kafka.pid"
    file.write_text(f"{sleeper.pid} 12345 another-boot")
    end_noted(file)
    assert sleeper.poll() is None


@pytest.mark.parametrize("text", ["", "x", "12", "-1 9", "99999999 9"])
def test_a_damaged_note_kills_nobody(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kafka.pid"
    file.write_text(text)
    end_noted(file)


def test_two_processes_have_different_births(sleeper: subprocess.Popen[bytes]) -> None:
    assert birth(sleeper.pid)
    assert birth(sleeper.pid) == birth(sleeper.pid)
    assert birth(99999999) == ""
