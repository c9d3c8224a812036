"""What the two private servers have in common: prepared once, then started, stopped and killed at will."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from amends.local.errors import PartFailed
from amends.local.leftovers import note_pid
from amends.local.ports import HOST, free_port
from amends.local.probes import NotAnswering
from amends.local.process import GRACE_SECONDS, Command, GuardedProcess, tail

READY_SECONDS = 60.0
POLL_SECONDS = 0.02


def silent(_: str) -> None:
    """Announce nothing."""


class LocalServer(ABC):
    """A server of our own on 127.0.0.1, with its data in `directory`. Safe to close while another thread starts it."""

    kind: str
    ready_seconds = READY_SECONDS

    def __init__(self, directory: Path, announce: Callable[[str], None] = silent) -> None:
        self.directory = directory
        self.port = free_port()
        self.log = directory / f"{self.kind.lower()}.log"
        self.pid_file = directory.parent / f"{directory.name}.pid"
        self._announce = announce
        self._lock = threading.Lock()
        self._process: GuardedProcess | None = None
        self._serving = self._closed = False
        self._command: Command | None = None
        self._began = 0.0

    @abstractmethod
    def _prepare(self) -> Command:
        """Everything needed once; return how the server is started."""

    @abstractmethod
    def _probe(self) -> None:
        """NotAnswering unless it serves clients."""

    @property
    @abstractmethod
    def label(self) -> str:
        """Name and version, for people."""

    @property
    def pid(self) -> int | None:
        """The server's process, None while it does not run."""
        process = self._process
        return process.pid if process is not None and self._serving and process.running else None

    def start(self) -> None:
        """Back when it answers clients; same port and data every time. PartMissing or PartFailed, with nothing left."""
        if self.pid is not None:
            return
        self._began = time.monotonic()
        if self._command is None:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._command = self._prepare()
        process = self._spawn(self._command)
        try:
            note_pid(self.pid_file, process.pid)
            self._await_ready(process)
        except BaseException:
            process.kill()
            raise
        self._serving = True
        took = time.monotonic() - self._began
        self._announce(f"{self.label} ready on {HOST}:{self.port} in {took:.1f} s")

    def stop(self) -> None:
        """End it in order, by SIGKILL when that takes longer than 15 s."""
        self._serving = False
        if self._process is not None:
            self._process.stop(GRACE_SECONDS)

    def kill(self) -> None:
        """SIGKILL now, for fault tests; nothing of it is left on return and `start` recovers from the same data."""
        self._serving = False
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Stop it for good, in the middle of `start` too, which then fails in its thread."""
        with self._lock:
            self._closed = True
            process, serving = self._process, self._serving
        if process is not None and not serving:
            process.kill()
        self.stop()

    @abstractmethod
    def remove_data(self) -> None:
        """Remove all it keeps; only after `close`."""

    def _say_starting(self) -> None:
        """Once the version is known and all is there; the seconds announced later count from here."""
        self._began = time.monotonic()
        self._announce(f"starting {self.label} …")

    def _spawn(self, command: Command) -> GuardedProcess:
        with self._lock:
            if self._closed:
                raise PartFailed(f"{self.kind} was stopped while it started")
            self._process = GuardedProcess(command)
            return self._process

    def _run(self, command: Command, timeout: float) -> int:
        """Run a tool of this server to its end and return its exit code; PartFailed when it takes too long."""
        process = self._spawn(command)
        try:
            return process.wait(timeout)
        except BaseException:
            process.kill()
            raise

    def _await_ready(self, process: GuardedProcess) -> None:
        deadline = time.monotonic() + self.ready_seconds
        reason = "no answer"
        while time.monotonic() < deadline:
            if not process.running:
                raise PartFailed(f"{self.label} ended while starting. {tail(self.log)}")
            try:
                return self._probe()
            except NotAnswering as error:
                reason = str(error)
            time.sleep(POLL_SECONDS)
        raise PartFailed(f"{self.label} does not serve after {self.ready_seconds:.0f} s ({reason}). {tail(self.log)}")
