"""The broker and the database of one run: those the environment names, else private ones that end with the run."""

import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amends.local.errors import PartFailed
from amends.local.external import check_database, check_kafka
from amends.local.kafka import KafkaServer
from amends.local.leftovers import run_directory
from amends.local.postgres import PostgresServer
from amends.local.server import LocalServer

KAFKA_VARIABLE, DATABASE_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL"
JOIN_SECONDS = 30.0

Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Parts:
    """Where both parts are. A server is None when it is not ours: it was there before and stays afterwards."""

    database_url: str
    kafka_bootstrap: str
    kafka: KafkaServer | None
    postgres: PostgresServer | None


@contextmanager
def local_parts(root: Path, *, announce: Announce, keep_data: bool = False) -> Iterator[Parts]:
    """Both parts, serving. PartMissing or PartFailed when one cannot be had, with everything stopped again.

    Private ones are stopped at the end, also by an exception or Ctrl-C; their guards stop them when this process is
    killed. Their data, in a directory of this run under `root`, goes with them unless `keep_data`. Any number of runs
    may share `root`. `announce` is called in the calling thread.
    """
    bootstrap, url = os.environ.get(KAFKA_VARIABLE), os.environ.get(DATABASE_VARIABLE)
    if bootstrap:
        check_kafka(bootstrap)
        announce(f"using Kafka at {bootstrap}")
    if url:
        check_database(url)
        announce(f"using PostgreSQL of {DATABASE_VARIABLE}")
    if bootstrap and url:
        yield Parts(url, bootstrap, None, None)
        return
    root = root.absolute()
    with run_directory(root, keep=keep_data) as run:
        said: queue.SimpleQueue[str] = queue.SimpleQueue()
        kafka = None if bootstrap else KafkaServer(run / "kafka", root / "kafka", said.put)
        postgres = None if url else PostgresServer(run / "postgres", said.put)
        servers = [server for server in (kafka, postgres) if server is not None]
        with serving(servers, said, announce, keep_data=keep_data):
            yield Parts(
                url or (postgres.url if postgres else ""),
                bootstrap or (kafka.bootstrap if kafka else ""),
                kafka,
                postgres,
            )
        if keep_data:
            announce(f"the data of this run is kept in {run}")


@contextmanager
def serving(
    servers: Sequence[LocalServer], said: queue.SimpleQueue[str], announce: Announce, *, keep_data: bool = False
) -> Iterator[None]:
    """All of them, started at once and stopped at once; ``said`` is where they announce."""
    starts = [_InThread(server.start) for server in servers]
    try:
        for start in starts:
            start.thread.start()
        _follow(starts, said, announce)
        yield
    finally:
        stops = [_InThread(server.close) for server in servers]
        for stop in stops:
            stop.thread.start()
        for step in (*stops, *starts):
            step.join(JOIN_SECONDS)
        for server in servers if not keep_data else ():
            server.remove_data()
    for stop in stops:
        stop.check()


def _follow(starts: Sequence["_InThread"], said: queue.SimpleQueue[str], announce: Announce) -> None:
    """Pass on what the starting servers say until all have started or one has failed; each start is bounded itself."""
    while any(start.thread.is_alive() for start in starts) or not said.empty():
        try:
            announce(said.get(timeout=0.05))
        except queue.Empty:
            for start in starts:
                start.check()
    for start in starts:
        start.check()


class _InThread:
    """A step in a thread of its own, whose failure is kept for the caller."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step = step
        self._failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def join(self, timeout: float) -> None:
        if self.thread.ident is not None:
            self.thread.join(timeout)

    def _run(self) -> None:
        try:
            self._step()
        except OSError as error:
            self._failure = PartFailed(f"{type(error).__name__}: {error}")
        except BaseException as failure:  # noqa: BLE001 - not swallowed: `check` raises it in the caller's thread
            self._failure = failure
