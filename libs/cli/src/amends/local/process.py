"""One guarded process: it is told to stop or killed through its guard, and never outlives this one (see `guard.py`)."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from amends.local import guard
from amends.local.errors import PartFailed

GRACE_SECONDS = 15.0
ORPHAN_GRACE_SECONDS = 5.0
GUARD_SLACK_SECONDS = 5.0
_FRAME = re.compile(r"\s+(at \S+\(|\.\.\. \d+ more$)")  # of a Java stack trace
_ERROR = re.compile(r"\b(ERROR|FATAL)\b|^Caused by:")


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: absolute path and arguments, where its output goes, and as whom (None: as ourselves)."""

    argv: tuple[str, ...]
    log: Path
    user: tuple[int, int] | None = None  # uid, gid
    directory: Path = Path("/tmp")  # noqa: S108 - only a place every user may stand in
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = ORPHAN_GRACE_SECONDS
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class GuardedProcess:
    """A running command. When `wait` has returned, nothing of it is left, not even children it forgot."""

    def __init__(self, command: Command) -> None:
        """Start it. PartFailed when not even the guard can be started."""
        self._command = command
        uid, gid = command.user or (-1, -1)
        settings = (uid, gid, int(command.stop_signal), command.grace, command.directory)
        argv = [sys.executable, "-I", "-S", guard.__file__, *map(str, settings), *command.argv]
        with command.log.open("ab") as log:
            self._guard = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(command.environ),
                start_new_session=True,
            )
        assert self._guard.stdout is not None  # noqa: S101 - for mypy: we asked for a pipe
        with self._guard.stdout as answer:
            line = answer.readline()
        if not line:
            self.wait(GUARD_SLACK_SECONDS)
            raise PartFailed(f"{Path(command.argv[0]).name} could not be started. {tail(command.log)}")
        self.pid = int(line)

    @property
    def running(self) -> bool:
        return self._guard.poll() is None

    def stop(self, timeout: float = GRACE_SECONDS) -> None:
        """Ask it to end, SIGKILL when it has not after `timeout` seconds; back when it is gone."""
        self._order(b"s")
        try:
            self.wait(timeout)
        except PartFailed:
            self.kill()

    def kill(self) -> None:
        """SIGKILL now; back when it is gone."""
        self._order(b"k")
        self.wait(GUARD_SLACK_SECONDS)

    def wait(self, timeout: float) -> int:
        """Its exit code (128 + n for signal n), or PartFailed after `timeout` seconds, while it still runs."""
        try:
            code = self._guard.wait(timeout)
        except subprocess.TimeoutExpired:
            name = Path(self._command.argv[0]).name
            raise PartFailed(f"{name} has not ended within {timeout:.0f} s. {tail(self._command.log)}") from None
        if self._guard.stdin is not None:
            with suppress(BrokenPipeError):
                self._guard.stdin.close()
        return code

    def _order(self, order: bytes) -> None:
        assert self._guard.stdin is not None  # noqa: S101 - for mypy: we asked for a pipe
        with suppress(BrokenPipeError, ValueError):  # it ended by itself a moment ago
            self._guard.stdin.write(order)
            self._guard.stdin.flush()


def tail(log: Path, lines: int = 12) -> str:
    """The end of a log, introduced by its name, for messages: the file may be gone when they are read.

    Stack frames of Java are left out, and errors above the end are shown first: what a server says while it goes
    down, in however many lines, must not hide why.
    """
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    said = [line for line in text.splitlines() if line.strip() and not _FRAME.match(line)]
    above = [line for line in said[:-lines] if _ERROR.search(line)]
    return "\n".join([f"The end of {log.name}:", *above[-3:], *said[-lines:]]) if said else f"{log.name} is empty."
