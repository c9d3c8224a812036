"""One of several pushers: a process that is killed and frozen, and replaced by another."""

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from amends.local.process import Command, GuardedProcess, tail
from support import pusher_process
from support.crm_ledger import Life

LEASE_SECONDS = 3.0


@dataclass
class Member:
    """One of the two: when it is killed, another process takes its place."""

    name: str
    arguments: tuple[str, ...]
    log: Path
    lives: dict[str, Life]
    number: int = 0
    process: GuardedProcess | None = None

    async def start(self) -> None:
        self.number += 1
        self.client = f"{self.name}-{self.number}"
        self.lives[self.client] = Life(time.monotonic(), float("inf"))
        argv = (sys.executable, pusher_process.__file__, *self.arguments, self.client, str(LEASE_SECONDS))
        self.process = await asyncio.to_thread(GuardedProcess, Command(argv, self.log))

    async def kill(self) -> None:
        assert self.process is not None
        assert self.process.running, tail(self.log)
        os.kill(self.process.pid, signal.SIGKILL)
        self.lives[self.client] = self.lives[self.client]._replace(end=time.monotonic())
        await asyncio.to_thread(self.process.kill)

    async def freeze(self, seconds: float) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        os.kill(self.process.pid, signal.SIGCONT)
