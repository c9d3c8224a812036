"""One run of a peer: started, watched through what it tells, ended, and its numbers checked."""

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.scoring.drain import Servers, shares
from bench.scoring.processes import look, memory_mib
from bench.scoring.result import MAIN, Run
from bench.scoring.roster import PEERS_FOLDER, Peer, python_of
from bench.scoring.stream import Stream
from bench.session import ROOT, BenchFailed

from amends.local.process import Command, GuardedProcess, tail

START_SECONDS = 120.0
MOST = 5
"""Times as many seconds has a peer that tells of events in great lumps, up to all at once."""
MINUTES = 60
"""In a window."""


async def run(peer: Peer, servers: Servers, stream: Stream, *, number: int, seconds: float) -> Run:
    """Until it has done all or ``seconds`` are over. Raises BenchFailed when it fails, or its numbers are wrong."""
    state, report = servers.folder / "state" / peer.name, servers.folder / f"{peer.name}.jsonl"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    report.write_bytes(b"")
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))},
        "KAFKA_BOOTSTRAP_SERVERS": servers.bootstrap,
        "BENCH_EVENTS": str(stream.shape.events),
        "BENCH_STATE": str(state),
        "BENCH_REPORT": str(report),
        "BENCH_RUN": f"{number}-{time.time_ns()}",
    }
    python = python_of(peer, ROOT / ".local" / "bench" / "peers")

    def fill(arguments: Sequence[str]) -> tuple[str, ...]:
        return python, *(part.format(state=state) for part in arguments)

    if peer.prepare:
        await asyncio.to_thread(subprocess.run, fill(peer.prepare), check=True, cwd=PEERS_FOLDER, env=environ)
    log = servers.folder / f"{peer.name}.log"
    log.write_bytes(b"")
    command = Command(fill(peer.program), log, directory=PEERS_FOLDER, environ=environ)
    process = await asyncio.to_thread(GuardedProcess, command)
    try:
        found = await _watched(
            peer, process, servers, report, number=number, seconds=seconds, total=stream.shape.events
        )
    except TimeoutError:
        raise BenchFailed(f"{peer.name} tells nothing. {tail(log)}") from None
    finally:
        await asyncio.to_thread(process.stop)
        shutil.rmtree(state, ignore_errors=True)
    if peer.installed:
        _check(peer, report, stream)
    return found


async def _watched(
    peer: Peer, process: GuardedProcess, servers: Servers, report: Path, *, number: int, seconds: float, total: int
) -> Run:
    parts = {"service": [process.pid], "broker": servers.broker, "database": servers.database}
    told = _Told(report)
    async with asyncio.timeout(START_SECONDS):
        while not told.progress():
            await _alive(peer, process)
    used, (begin, first) = look(parts), told.newest
    end = time.monotonic() + (seconds if peer.final else MOST * seconds)
    while told.newest[1] < total and time.monotonic() < end:
        await _alive(peer, process)
        told.progress()
    after, memory, (at, events) = look(parts), memory_mib([process.pid]), told.newest
    if events <= first:
        raise BenchFailed(f"{peer.name} has told of nothing more")
    events, took = events - first, at - begin
    return Run(number, peer.name, MAIN, events, took, *shares(used, after, events, took), memory_mib=memory)


async def _alive(peer: Peer, process: GuardedProcess) -> None:
    await asyncio.sleep(0.1)
    if not process.running:
        raise BenchFailed(f"{peer.name} has ended by itself")


class _Told:
    """The report of a peer as it grows. ``newest``: when (monotonic seconds), and how many events it had by then."""

    def __init__(self, report: Path) -> None:
        self._file = report.open()
        self._rest = ""
        self.newest = (0.0, 0)

    def progress(self) -> bool:
        """Read on. Whether it has told anything yet."""
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        for line in lines:
            if line.startswith('{"at"'):
                said = json.loads(line)
                self.newest = (said["at"], said["events"])
        return self.newest[0] > 0


def _check(peer: Peer, report: Path, stream: Stream) -> None:
    """Raises BenchFailed unless every window it told of is right, as it was told last, and there are some."""
    windows = {(said["agent"], said["start"]): said["sums"] for said in _windows(report)}
    if not windows:
        raise BenchFailed(f"{peer.name} has told of no window: give it more events or seconds")
    told = _Told(report)
    told.progress()
    growing = not peer.final and told.newest[1] < stream.shape.events
    wrong = [window for window, sums in windows.items() if not right(sums, summed(stream.by_minute, *window), growing)]
    if wrong:
        raise BenchFailed(f"{len(wrong)} of {len(windows)} windows of {peer.name} are wrong, such as {min(wrong)}")


def right(sums: Sequence[int], truth: Sequence[int], growing: bool) -> bool:
    """Whether a window has what it must; while it is ``growing``, it may have less."""
    return all(found <= true if growing else found == true for found, true in zip(sums, truth, strict=True))


def _windows(report: Path) -> Iterator[Any]:
    for line in report.read_text().splitlines():
        if line.startswith('{"agent"') and line.endswith("}"):  # the last one may be torn
            yield json.loads(line)


def summed(by_minute: Mapping[tuple[str, int], list[int]], agent: str, start: int) -> list[int]:
    """Contacts, answers and satisfied answers of the hour from ``start`` (Unix seconds, a whole minute)."""
    of_minutes = [by_minute.get((agent, start // 60 + minute), [0, 0, 0]) for minute in range(MINUTES)]
    return [sum(sums[place] for sums in of_minutes) for place in range(3)]
