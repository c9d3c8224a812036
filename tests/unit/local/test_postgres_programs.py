"""Which PostgreSQL is used, and where its data can be when it may not run as root."""

import os
import shutil
from pathlib import Path

import pytest

from amends.local.errors import PartMissing
from amends.local.leftovers import ELSEWHERE
from amends.local.postgres_programs import (
    can_enter,
    copy_wheel,
    data_home,
    find_programs,
    installed_directories,
    unprivileged_user,
    version_of,
    wheel_directory,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs programs as another user")


def program(directory: Path, name: str, text: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{text}\n")
    (directory / name).chmod(0o755)


def postgres(directory: Path, version: str) -> Path:
    for name in ("initdb", "postgres"):
        program(directory, name, f"echo '{name} (PostgreSQL) {version}'")
    return directory


def test_the_pinned_wheel_comes_first(tmp_path: Path) -> None:
    found = find_programs(None, tmp_path, {"PATH": str(postgres(tmp_path / "bin", "99.1"))})
    assert found.directory == wheel_directory()
    assert found.version != "99.1"


def test_debians_versions_are_tried_newest_first_and_path_after_them(tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        postgres(tmp_path / version / "bin", version)
    on_path = postgres(tmp_path / "path", "16.1")
    found = list(installed_directories({"PATH": f"/nonexistent:{on_path}"}, libraries=tmp_path))
    assert found == [*(tmp_path / version / "bin" for version in ("17", "15", "9")), on_path]


def test_an_installed_one_serves_when_the_wheel_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amends.local.postgres_programs.wheel_directory", lambda: None)
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))  # no Debian directories
    on_path = postgres(tmp_path / "path", "16.1")
    found = find_programs(None, tmp_path, {"PATH": str(on_path)})
    assert (found.directory, found.version) == (on_path, "16.1")
    with pytest.raises(PartMissing, match=r"apt-get install postgresql.*DATABASE_URL"):
        find_programs(None, tmp_path, {"PATH": ""})


@pytest.mark.parametrize("initdb", ["echo refused >&2; exit 1", "exit 0"])
def test_a_wrapper_that_refuses_is_not_a_postgres(tmp_path: Path, initdb: str) -> None:
    postgres(tmp_path, "16.1")
    program(tmp_path, "initdb", initdb)
    assert version_of(tmp_path, None) is None


def test_an_ordinary_user_keeps_its_data_where_it_was_asked_to(tmp_path: Path) -> None:
    assert data_home(tmp_path / "postgres", tmp_path, None) == tmp_path / "postgres"
    assert (tmp_path / "postgres").is_dir()


@as_root
def test_closed_parents_send_the_data_elsewhere_and_stay_closed(tmp_path: Path) -> None:
    user, run = unprivileged_user(), tmp_path / "closed" / "run"
    run.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    home = data_home(run / "postgres", run, user)
    try:
        assert can_enter(home, user)
        assert not can_enter(run, user)
        assert (home.stat().st_uid, home.stat().st_gid) == user
        assert (run / ELSEWHERE).read_text() == str(home)
        assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700
    finally:
        home.rmdir()


@as_root
def test_a_wheel_in_a_closed_checkout_is_copied_to_where_it_runs(tmp_path: Path) -> None:
    user, wheel = unprivileged_user(), wheel_directory()
    assert user is not None
    assert wheel is not None
    home = data_home(tmp_path / "postgres", tmp_path, user)
    try:
        closed = tmp_path / "closed"
        programs = copy_wheel(wheel, closed, (0, 0))
        closed.chmod(0o700)
        assert version_of(programs, user) is None
        assert version_of(copy_wheel(programs, home, user), user) == version_of(wheel, user)
    finally:
        shutil.rmtree(home)
