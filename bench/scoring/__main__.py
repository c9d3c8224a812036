"""``python -m bench.scoring``, from the root of the checkout. BENCH_EVENTS and others set its size."""

import asyncio
import os
import sys
import time
from importlib.metadata import version
from typing import Any

from bench.ingest import machine
from bench.scoring.drain import Servers
from bench.scoring.environments import prepare
from bench.scoring.report import Report
from bench.scoring.roster import PEERS, Peer, python_of
from bench.scoring.rounds import Rounds, Size
from bench.session import FOLDER, ROOT, BenchFailed, console, run, say

from amends.local.parts import Parts, local_parts

SIZE = Size(
    int(os.environ.get("BENCH_EVENTS") or 300_000),
    int(os.environ.get("BENCH_ROUNDS") or 3),
    float(os.environ.get("BENCH_PEER_SECONDS") or 60),
)
ONLY = os.environ.get("BENCH_PEERS")
"""Names of peers with blanks between them; without, all."""

DISTRIBUTIONS = {"bytewax": "bytewax", "pathway": "pathway", "quix": "quixstreams", "faust": "faust-streaming"}


def main() -> int:
    return run(_all, "scoring")


def _all() -> dict[str, Any]:
    with local_parts(ROOT / ".local", announce=say) as parts:
        report = asyncio.run(measured(parts))
    report.tell(console)
    return report.document()


async def measured(parts: Parts) -> Report:
    if parts.kafka is None or parts.postgres is None or parts.kafka.pid is None or parts.postgres.pid is None:
        raise BenchFailed("it counts the CPU time of a broker and a database of its own: unset the variables of others")
    missing: dict[str, str] = {}
    for peer in PEERS:
        if _wanted(peer) and (why := await prepare(peer, FOLDER / "peers", say)):
            missing[peer.name] = why
    there = [peer for peer in PEERS if _wanted(peer) and peer.name not in missing]
    described, libraries = machine.describe(parts.kafka.label.removeprefix("Kafka "))
    versions = {
        **libraries,
        "postgresql": parts.postgres.label.removeprefix("PostgreSQL "),
        "asyncpg": version("asyncpg"),
    }
    for peer in there:
        versions |= await _version(peer)
    servers = Servers(parts.kafka_bootstrap, parts.database_url, [parts.kafka.pid], [parts.postgres.pid], FOLDER)
    result = await Rounds(servers, there, SIZE, int(time.time()), say).run()
    size = {"events": SIZE.events, "rounds": SIZE.rounds, "peer_seconds": SIZE.peer_seconds}
    return Report(result, described, versions, missing, size)


def _wanted(peer: Peer) -> bool:
    return ONLY is None or peer.name in ONLY.split() or not peer.installed


async def _version(peer: Peer) -> dict[str, str]:
    if not peer.installed:
        return {}
    asked = f"import importlib.metadata as m; print(m.version({DISTRIBUTIONS[peer.name]!r}))"
    process = await asyncio.create_subprocess_exec(
        python_of(peer, FOLDER / "peers"), "-c", asked, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return {peer.name: said.decode().strip()}


if __name__ == "__main__":
    sys.exit(main())
