"""One drain: scoring as shipped applies everything that is in its topics, while we watch from outside."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.scoring.database import Database
from bench.scoring.processes import Used, look, memory_mib
from bench.scoring.result import PARTS, Run
from bench.scoring.roster import OURS
from bench.scoring.service import Scoring
from bench.session import BenchFailed

STALLED_SECONDS = 60.0
TOLD_SECONDS = 2.5
"""After which PostgreSQL's sessions have told what they did."""


@dataclass(frozen=True, slots=True)
class Servers:
    """The processes of the broker and the database."""

    bootstrap: str
    database_url: str
    broker: Sequence[int]
    database: Sequence[int]
    folder: Path


async def watch(
    servers: Servers, database: Database, scoring: Scoring, *, setting: str, number: int, before: int, total: int
) -> Run:
    """From the first commit to the last. ``before``: records applied before scoring started, of ``total`` there are."""
    parts = {"service": scoring.pids, "broker": servers.broker, "database": servers.database}
    first = await _beyond(database, before, before)
    begin, used, written = time.monotonic(), look(parts), await database.written()
    await _beyond(database, total - 1, first)
    seconds, after = time.monotonic() - begin, look(parts)
    memory = memory_mib(scoring.pids)
    await asyncio.sleep(TOLD_SECONDS)
    now, events = await database.written(), total - first
    return Run(
        number,
        OURS,
        setting,
        events,
        seconds,
        *shares(used, after, events, seconds),
        memory_mib=memory,
        rows=(now.rows - written.rows) / events,
        logged_bytes=(now.logged_bytes - written.logged_bytes) / events,
        kept_bytes=(now.size_bytes - written.size_bytes) / events,
    )


def shares(before: Used, after: Used, events: int, seconds: float) -> tuple[Mapping[str, float], float]:
    """CPU microseconds an event by part, and how much of a core everybody else took."""
    used = after.since(before)
    elsewhere = used["everybody"] - sum(used[part] for part in PARTS)
    return {part: used[part] / events * 1e6 for part in PARTS}, elsewhere / seconds


async def _beyond(database: Database, count: int, known: int) -> int:
    """How many are applied, as soon as that is more than ``count``. Raises BenchFailed where nothing moves."""
    moved = time.monotonic()
    while (applied := await database.applied()) <= count:
        if applied != known:
            known, moved = applied, time.monotonic()
        if time.monotonic() - moved > STALLED_SECONDS:
            raise BenchFailed(f"scoring has stopped at {applied} records")
        await asyncio.sleep(0.02)
    return applied
