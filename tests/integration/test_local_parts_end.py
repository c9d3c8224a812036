"""However a run ends, nothing of it is left: no JVM, no postgres, no guard, and after the next run no data."""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from amends.local.kafka_jars import find_pom, jars_directory
from amends.local.leftovers import birth, run_directory
from amends.local.parts import local_parts

JARS = Path(__file__).parents[2] / ".local" / "kafka"
GONE_SECONDS = 10.0
NOBODY = 65534
MARK = "AMENDS_TEST_OWNER"
SCRIPT = """
import sys, time
from pathlib import Path
from amends.local.parts import local_parts
with local_parts(Path(sys.argv[1]), announce=lambda line: print(line, flush=True)) as parts:
    print("serving", flush=True)
    time.sleep(120)
"""
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")


@dataclass
class Owner:
    """A process that has both parts of its own, as a demo has."""

    root: Path
    user: int | None = None
    python: str = sys.executable
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        named = ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL")
        environ = {name: value for name, value in os.environ.items() if name not in named}
        self.process = subprocess.Popen(
            [self.python, "-c", SCRIPT, str(self.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env={**environ, MARK: self.mark, "PYTHONPATH": os.pathsep.join(sys.path)},
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def read_until(self, word: str) -> None:
        assert self.process.stdout is not None
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if line.startswith(word):
                return
        raise AssertionError(f"it ended before saying {word!r}: {''.join(seen)}")

    def processes(self) -> set[tuple[int, str]]:
        """All it has started, by pid and birth: by descent too, as PostgreSQL's workers overwrite their environment."""
        below: set[int] = set()
        front = {self.process.pid}
        parents = dict(parent_and_child())
        while front:
            front = {child for child, parent in parents.items() if parent in front} - below
            below |= front
        marked = {pid for pid in parents if self.mark.encode() in contents(pid, "environ")} - {self.process.pid}
        return {(pid, birth(pid)) for pid in below | marked if birth(pid)}

    def end(self, number: signal.Signals) -> None:
        """Send it this signal; AssertionError when any of its processes is left after some seconds."""
        before = self.processes()
        self.process.send_signal(number)
        self.process.communicate(timeout=GONE_SECONDS)
        deadline = time.monotonic() + GONE_SECONDS
        while left := {(pid, born) for pid, born in before if birth(pid) == born} | self.processes():
            assert time.monotonic() < deadline, f"left: {[contents(pid, 'cmdline') for pid, _ in left]}"
            time.sleep(0.05)


def parent_and_child() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*"):
        fields = contents(int(path.name), "stat").rpartition(b")")[2].split()
        if fields:
            yield int(path.name), int(fields[1])


def contents(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return b""


def python_for(user: int) -> str:
    """An interpreter of our version that this user may run: ours may be in a home directory that is closed to it."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(name, path="/usr/bin:/usr/local/bin")):
        with suppress(OSError, subprocess.CalledProcessError):
            if python and subprocess.run([python, "-c", ""], user=user, group=user, extra_groups=[], check=True):
                return python
    pytest.skip(f"no {name} that user {user} may run")


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {GONE_SECONDS:.0f} s: {what}"
        time.sleep(0.05)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    JARS.mkdir(parents=True, exist_ok=True)
    (tmp_path / "kafka").symlink_to(JARS)
    yield tmp_path
    with run_directory(tmp_path):  # sweeps
        pass


@pytest.fixture
def owner(root: Path) -> Iterator[Owner]:
    found = Owner(root)
    yield found
    found.process.kill()
    found.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_its_owner_gets(owner: Owner, number: signal.Signals) -> None:
    owner.read_until("serving")
    assert len(owner.processes()) > 6  # two guards, the JVM, PostgreSQL and its workers
    owner.end(number)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("line", ["starting PostgreSQL", "starting Kafka"])
def test_nothing_is_left_when_that_comes_while_they_start(owner: Owner, line: str, number: signal.Signals) -> None:
    owner.read_until(line)
    wait_until(owner.processes, "something has been started")
    owner.end(number)


def test_ctrl_c_ends_a_run_in_five_seconds_with_its_data(owner: Owner, root: Path) -> None:
    owner.read_until("serving")
    began = time.monotonic()
    owner.end(signal.SIGINT)
    assert time.monotonic() - began < 5
    assert list((root / "runs").iterdir()) == []


def test_an_exception_ends_a_run_with_its_data(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    pids: list[int | None] = []

    def run() -> None:
        with local_parts(root, announce=print) as parts:
            pids.extend(server.pid for server in (parts.kafka, parts.postgres) if server)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert len(pids) == 2
    assert [pid for pid in pids if pid is None or birth(pid)] == []
    assert list((root / "runs").iterdir()) == []


def test_the_next_run_removes_what_a_killed_one_left(owner: Owner, root: Path) -> None:
    owner.read_until("serving")
    (run,) = (root / "runs").iterdir()
    noted = run / "elsewhere"  # there when we are root, as pytest's directories are closed to other users
    data = Path(noted.read_text()) if noted.exists() else run / "postgres"
    assert (data / "data" / "PG_VERSION").exists()
    with run_directory(root):
        assert run.exists()  # its owner lives
    owner.end(signal.SIGKILL)
    with run_directory(root):
        assert not run.exists()
        assert not data.exists()


def test_the_death_of_the_guards_is_the_death_of_the_servers(owner: Owner) -> None:
    owner.read_until("serving")
    processes = owner.processes()
    guards = [pid for pid, _ in processes if b"guard.py" in contents(pid, "cmdline")]
    assert len(guards) == 2
    for pid in guards:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not [pid for pid, born in processes if birth(pid) == born], "the servers are gone")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs programs as another user")
def test_it_runs_as_an_ordinary_user_too(root: Path) -> None:
    home = Path("/tmp") / f"amends-test-{uuid.uuid4().hex}"
    try:
        jars = jars_directory(JARS, find_pom())
        shutil.copytree(jars, home / "kafka" / jars.name, copy_function=os.symlink)
        for directory in (home, home / "kafka"):
            os.chown(directory, NOBODY, NOBODY)
        owner = Owner(home, NOBODY, python_for(NOBODY))
        owner.read_until("serving")
        assert {Path(f"/proc/{pid}").stat().st_uid for pid, _ in owner.processes()} == {NOBODY}
        owner.end(signal.SIGINT)
        assert list((home / "runs").iterdir()) == []
    finally:
        shutil.rmtree(home)
