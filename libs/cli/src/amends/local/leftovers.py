"""A directory for each run, and the end of what dead runs left in it: their processes, their data."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from amends.local.errors import PartFailed

KEEP, ELSEWHERE, OWNED = "keep", "elsewhere", "owned"
LOCK_SECONDS = 30.0
GONE_SECONDS = 5.0


@contextmanager
def run_directory(root: Path, *, keep: bool = False) -> Iterator[Path]:
    """A new directory under `root` for one run, after sweeping the dead runs. Removed at the end unless kept.

    The owner holds a file lock for as long as it lives, so a run is dead exactly when the kernel has dropped its lock:
    no clock, no pid that may mean another process by now, and right across containers that share a checkout.
    """
    runs = root / "runs"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        with _exclusive(root / "runs.lock"):
            sweep(runs)
            run = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
            owned = (run / OWNED).open("w")
            fcntl.flock(owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise PartFailed(f"cannot keep private data under {root}: {error}") from error
    with owned:
        run.chmod(0o711)  # ours; PostgreSQL may run as another user below it
        if keep:
            (run / KEEP).touch()
        try:
            yield run
        finally:
            if not keep:
                shutil.rmtree(run, ignore_errors=True)


def sweep(runs: Path) -> None:
    """End and remove what dead runs left; leave living and kept ones, and whatever is not ours to remove."""
    for run in sorted(runs.glob("run-*")):
        with suppress(OSError), (run / OWNED).open("a") as owned:
            fcntl.flock(owned, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused: its owner lives
            for file in run.glob("*.pid"):
                end_noted(file)
            if (run / KEEP).exists():
                continue
            if (run / ELSEWHERE).exists():
                shutil.rmtree((run / ELSEWHERE).read_text(), ignore_errors=True)
            shutil.rmtree(run, ignore_errors=True)


def note_elsewhere(run: Path, directory: Path) -> None:
    """Remember a directory outside the run's own that must go with it."""
    (run / ELSEWHERE).write_text(str(directory))


def note_pid(file: Path, pid: int) -> None:
    """Remember a process by pid and start time, so that a recycled pid is never mistaken for it."""
    file.write_text(f"{pid} {birth(pid)}")


def end_noted(file: Path) -> None:
    """SIGKILL the process noted in `file` if it still is that process; back when it is gone, at most 5 s later."""
    pid, _, born = file.read_text().partition(" ")
    deadline = time.monotonic() + GONE_SECONDS
    while pid.isdigit() and born and birth(int(pid)) == born and time.monotonic() < deadline:
        os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.02)


def birth(pid: int) -> str:
    """When this process started, in a form never used twice for one pid; empty when there is none (any more)."""
    if not Path("/proc/self/stat").exists():  # not Linux
        answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return answer.stdout.strip()
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].decode().split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return "" if state == "Z" else f"{fields[18]} {boot}"
    except (OSError, IndexError):
        return ""


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    deadline = time.monotonic() + LOCK_SECONDS
    with path.open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise PartFailed(f"another run has held {path} for {LOCK_SECONDS:.0f} s") from None
                time.sleep(0.05)
        yield
