"""The broker dies under load and stays away: every sender is told so, in time, by a process that does not swell.

20 s by default, 60 s with AMENDS_FULL_FAULTS=1.
"""

import asyncio
import itertools
import os
import random
import re
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pytest

from amends.local.kafka import KafkaServer
from support.load import Answer, Load
from support.load_ledger import Ledger
from support.load_verdict import verdict
from support.services import Running, house
from support.until import until

AWAY = 60.0 if os.environ.get("AMENDS_FULL_FAULTS") else 20.0
SETTLED = 10.0
"""From then on memory may not grow: by then the first requests of the outage have been given up."""
IN_A_ROW = 40
GROWTH = 15 * 1024 * 1024
TRY = 6.0
QUICK = 0.050
"""Seconds as the sender sees them, of 95 in 100: the machine has others to serve."""


def memory(ingest: Running) -> int:
    """Resident, in bytes."""
    assert ingest.process is not None
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{ingest.process.pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def at(share: float, answers: Sequence[Answer]) -> float:
    """The quantile of the time they took, in seconds."""
    return sorted(answer.seconds for answer in answers)[int(share * (len(answers) - 1))]


@pytest.mark.timeout(180 + AWAY)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
async def test_while_the_broker_is_away_every_request_is_answered_and_afterwards_accepted(
    tmp_path: Path, topics: str, database_url: str, kafka: KafkaServer
) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # shown by pytest when this fails
    ledger = Ledger(tmp_path / "ledger")
    async with house(tmp_path, topics, database_url) as rooms:
        ingest = await rooms.add("ingest")
        assert ingest.process is not None
        pid = ingest.process.pid
        # Eight connections: up to 40 requests a second, so that any time somebody is there to be the probe.
        async with Load(ingest.url, rooms.key, ledger, seed, connections=8, spoiled=0.0, pause=0.2) as load:
            await until(lambda: load.accepted() > 20, "requests are accepted")
            await asyncio.to_thread(kafka.kill)
            killed = monotonic()
            await asyncio.sleep(SETTLED)
            settled = memory(ingest)
            await asyncio.sleep(AWAY - SETTLED)
            returning = monotonic()
            away = memory(ingest)
            await asyncio.to_thread(kafka.start)
            returned = monotonic()
            await until(lambda: all_is_well(load.answers, returned), "requests are accepted again", seconds=30)
            back = memory(ingest)
        assert (ingest.process.running, ingest.process.pid) == (True, pid)
    refused = [a for a in load.answers if killed <= a.began and a.ended < returning]
    opened = min(a.ended for a in refused)
    quick = [a for a in refused if a.not_tried]
    tries = [a for a in refused if not a.not_tried]
    assert quick, "the breaker never opened"
    longest = max(a.seconds for a in load.answers)
    print(f"away {returning - killed:.0f} s: {len(refused)} answers, {len(tries)} after a try, longest {longest:.2f} s")
    print("not tried, ms:", {share: round(at(share, quick) * 1000, 1) for share in (0.5, 0.95, 0.99, 1)})
    again = min(a.ended for a in load.answers if a.ended > returning and a.status == 202)
    print(f"accepted {again - returned:.1f} s after the broker answered, {again - returning:.1f} s after its start")
    print("MiB:", [round(size / 2**20, 1) for size in (settled, away, back)])

    assert {(a.status, a.retry_after) for a in refused} == {(503, "2")}
    assert None not in {a.status for a in load.answers}
    assert longest <= TRY
    # Once the breaker is open nobody waits but the probes, one after the other.
    probes = sorted((a for a in tries if a.began > opened), key=lambda a: a.began)
    assert probes
    assert all(earlier.ended < later.began for earlier, later in itertools.pairwise(probes))
    assert len(quick) > 10 * AWAY
    assert at(0.95, quick) <= QUICK
    assert away - settled < GROWTH
    assert back - settled < GROWTH
    found = await verdict(ledger, topics)
    assert found.broken() == {}, dict(found.counts)


def all_is_well(answers: Sequence[Answer], moment: float) -> bool:
    """Whether since ``moment`` some were accepted, and lately all were."""
    last = answers[-IN_A_ROW:]
    return min(a.began for a in last) > moment and {a.status for a in last} == {202}
