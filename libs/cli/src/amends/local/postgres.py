"""A private PostgreSQL: the programs of the pinned wheel, run as our own child with its data in the run's directory."""

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from amends.local.errors import PartFailed
from amends.local.ports import HOST
from amends.local.postgres_programs import User, data_home, find_programs, unprivileged_user
from amends.local.probes import postgres_ready
from amends.local.process import Command, tail
from amends.local.server import LocalServer, silent

NAME = "amends"  # both the user and the database
TOOL_SECONDS = 60.0
PROBE_SECONDS = 2.0
# Only sizes and zones: fsync, full_page_writes and synchronous_commit stay on, a fault test is about durability.
SETTINGS = ("shared_buffers=64MB", "max_connections=200", "timezone=UTC", "log_timezone=UTC")
# Single-user mode, so that the database exists before anybody can connect; a statement a line is its standard input.
# They come by the environment, as one may hold a password: anybody can read a command line.
STATEMENTS = "STATEMENTS"
CREATE_DATABASE = f'printf "%s\\n" "${STATEMENTS}" | "$1" --single -c exit_on_error=on -D "$2" postgres'
ASKING = f"host all all {HOST}/32 scram-sha-256\n"


class PostgresServer(LocalServer):
    """PostgreSQL on 127.0.0.1 only, no socket file, user and database `amends`, UTF-8, fsync on."""

    kind = "PostgreSQL"

    def __init__(
        self, directory: Path, announce: Callable[[str], None] = silent, *, password: str | None = None
    ) -> None:
        """Nothing happens yet; `directory` is made at the first start, its parent must exist.

        `password`: of the user `amends`, letters and digits; then every user needs one (SCRAM). None: nobody does.
        """
        super().__init__(directory, announce)
        self.url = self.url_of(NAME, password)
        self._password = password
        self._version = ""
        self._home: Path | None = None

    @property
    def label(self) -> str:
        return f"{self.kind} {self._version}".strip()

    def url_of(self, user: str, password: str | None = None) -> str:
        return f"postgresql://{user}{f':{password}' if password else ''}@{HOST}:{self.port}/{NAME}"

    def remove_data(self) -> None:
        for directory in (self.directory, self._home):
            if directory is not None:
                shutil.rmtree(directory, ignore_errors=True)

    def _prepare(self) -> Command:
        user = unprivileged_user()
        self._home = home = self._home or data_home(self.directory, self.directory.parent, user)
        programs = find_programs(user, home, os.environ)
        self._version = programs.version
        self._say_starting()
        data, postgres = str(home / "data"), str(programs.directory / "postgres")
        shutil.rmtree(data, ignore_errors=True)  # of an attempt that failed half-way
        initdb = (str(programs.directory / "initdb"), "-D", data, "-U", NAME, "-A", "trust", "-E", "UTF8")
        self._tool("initdb", (*initdb, "--locale=C.UTF-8", "--no-sync"), user)
        statements = [f"CREATE DATABASE {NAME}"]
        if self._password:
            statements.append(f"ALTER ROLE {NAME} PASSWORD '{self._password}'")
            (home / "data" / "pg_hba.conf").write_text(ASKING)
        create = ("/bin/sh", "-c", CREATE_DATABASE, "sh", postgres, data)
        self._tool("creating the database", create, user, {STATEMENTS: "\n".join(statements)})
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        argv = (postgres, "-D", data, "-h", HOST, "-p", str(self.port), "-k", "", *options)
        return Command(argv, self.log, user, stop_signal=signal.SIGINT)

    def _probe(self) -> None:
        postgres_ready(HOST, self.port, NAME, NAME, PROBE_SECONDS)

    def _tool(
        self, step: str, argv: tuple[str, ...], user: User | None, environ: Mapping[str, str] | None = None
    ) -> None:
        command = Command(argv, self.log, user, environ={**os.environ, **(environ or {})})
        if self._run(command, TOOL_SECONDS) != 0:
            raise PartFailed(f"{self.label}: {step} failed. {tail(self.log)}")
