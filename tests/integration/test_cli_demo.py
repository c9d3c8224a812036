"""The demo as its users start it: a process, with everything real behind it, that leaves nothing running."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from amends.local.parts import Parts
from events.runtime.kafka import KafkaSource, group_members
from support.until import until

SECONDS = 8
GROUPS = ("scoring", "alerting", "profile-sync")
PROC = Path("/proc")

pytestmark = [
    pytest.mark.skipif(not PROC.is_dir(), reason="looks for what is left in /proc"),
    pytest.mark.timeout(240),
]


class Demo:
    def __init__(self, process: asyncio.subprocess.Process, mark: str, log: Path) -> None:
        self.process = process
        self._mark = f"AMENDS_TEST_MARK={mark}".encode()
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def running(self, words: str = "") -> list[int]:
        """Processes that this demo started, at any remove, with these words in their command line."""
        found = []
        for entry in PROC.iterdir():
            try:
                if entry.name.isdecimal() and int(entry.name) != self.process.pid:
                    ours = self._mark in (entry / "environ").read_bytes().split(b"\0")
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if ours and command and words in command:
                        found.append(int(entry.name))
            except OSError:
                continue
        return found

    async def plays(self) -> None:
        """Until events come through."""

        def came() -> bool:
            return re.search(r"applied [1-9]", self.said) is not None

        await until(lambda: came() or self.process.returncode is not None, "events come through", seconds=90)
        assert came(), self.said

    async def ended(self, seconds: float = 180) -> int:
        async with asyncio.timeout(seconds):
            return await self.process.wait()


@pytest.fixture
async def nobody(topics: str) -> None:
    """No member of an earlier test's services is left in the groups: Kafka waits 30 s for one that was killed."""

    async def empty() -> bool:
        return not any((await group_members(topics, GROUPS)).values())

    await until(empty, "the groups are empty", seconds=60)


@asynccontextmanager
async def demo(parts: Parts, folder: Path, *more: str) -> AsyncIterator[Demo]:
    log = folder / "demo.log"
    environ = {**os.environ, "AMENDS_TEST_MARK": folder.name, "DATABASE_URL": parts.database_url}
    environ["KAFKA_BOOTSTRAP_SERVERS"] = parts.kafka_bootstrap
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "amends", "demo", *more, cwd=folder, env=environ, stdout=out, stderr=out
        )
    running = Demo(process, folder.name, log)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await until(lambda: not running.running(), "everything the demo started is gone", seconds=15)


async def test_a_bounded_demo_keeps_every_promise(nobody: None, parts: Parts, tmp_path: Path) -> None:
    async with demo(parts, tmp_path, "--seconds", str(SECONDS)) as run:
        assert await run.ended() == 0, run.said
        assert "every promise kept" in run.said
        assert not run.running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_demo_without_end_ends_when_told(
    nobody: None, parts: Parts, tmp_path: Path, number: signal.Signals
) -> None:
    async with demo(parts, tmp_path) as run:
        await run.plays()
        run.process.send_signal(number)
        assert await run.ended(10) == 0, run.said
        assert "summary" in run.said
        assert not run.running()


async def test_a_demo_that_is_killed_leaves_nothing_behind(nobody: None, parts: Parts, tmp_path: Path) -> None:
    async with demo(parts, tmp_path) as run:
        await run.plays()
        run.process.kill()
        await until(lambda: not run.running(), "everything is gone", seconds=10)


async def test_a_service_that_dies_ends_the_demo_with_its_log(nobody: None, parts: Parts, tmp_path: Path) -> None:
    async with demo(parts, tmp_path) as run:
        await run.plays()
        for pid in run.running("-m demo_crm serve"):
            os.kill(pid, signal.SIGKILL)
        assert await run.ended(30) == 1
        assert "error: demo-crm has ended by itself" in run.said
        assert "Traceback" not in run.said.split("demo-crm.log")[0]


async def test_a_demo_does_not_join_an_amends_that_runs(nobody: None, parts: Parts, tmp_path: Path) -> None:
    source = KafkaSource(parts.kafka_bootstrap, ["mentions"], "scoring")
    await source.start()
    try:
        await until(source.assignment, "joined")
        async with demo(parts, tmp_path) as run:
            assert await run.ended(30) == 1
            assert "error: an Amends is running on" in run.said
    finally:
        await source.close()
