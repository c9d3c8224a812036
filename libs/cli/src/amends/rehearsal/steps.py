"""What a rehearsal does, step by step: said with its time, and with the command an operator would type."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from amends.errors import CommandError

COMMAND_SECONDS = 120.0
SAID_LINES = 12


class Steps:
    """``say`` takes a line; ``taken``: title → seconds, in order."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.taken: dict[str, float] = {}

    @contextmanager
    def step(self, title: str, *commands: str) -> Iterator[None]:
        """One step. ``commands``: how it is done where it is not a rehearsal."""
        self.say(f"{title} …")
        for command in commands:
            self.shown(command)
        began = time.monotonic()
        yield
        self.taken[title] = time.monotonic() - began
        self.say(f"{title}: done in {self.taken[title]:.1f} s")

    def shown(self, command: str) -> None:
        self.say(f"    $ {command}")

    def run(self, command: Sequence[str], environ: Mapping[str, str]) -> tuple[str, str]:
        """Show a command and run it for real. Returns what it said on both streams. Raises CommandError."""
        self.shown(shlex.join([Path(command[0]).name, *command[1:]]))
        try:
            done = subprocess.run(
                command,
                env=dict(environ),
                capture_output=True,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=COMMAND_SECONDS,
                check=False,
                cwd=os.sep,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandError(f"{shlex.join(command)} has not ended within {COMMAND_SECONDS:.0f} s") from error
        if done.returncode:
            said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-SAID_LINES:])
            raise CommandError(f"{shlex.join(command)} ended with exit code {done.returncode}\n{said}")
        return done.stdout, done.stderr
