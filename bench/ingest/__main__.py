"""``python -m bench.ingest``, from the root of the checkout. BENCH_ROUNDS and BENCH_SECONDS make it shorter."""

import asyncio
import json
import logging
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from types import FrameType

import uvloop
from bench.ingest import machine
from bench.ingest.events import Day
from bench.ingest.fleet import ROOT, Fleet, fleet
from bench.ingest.kept import Topic
from bench.ingest.machine import Cores
from bench.ingest.meter import Meter
from bench.ingest.on_core import pin
from bench.ingest.report import Report
from bench.ingest.result import Result
from bench.ingest.roster import PEERS
from bench.ingest.rounds import Rounds
from bench.ingest.run import Run
from bench.ingest.window import LoadFailed, Times
from rich.console import Console

from amends.local.errors import PartFailed, PartMissing
from amends.local.parts import Parts, local_parts
from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka import ensure_topics
from events.topics import all_topics

ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 5)
SECONDS = float(os.environ.get("BENCH_SECONDS") or 4)
WARM_UP = 1.0
FOLDER = ROOT / ".local" / "bench"

WIDTH = 118
"""Of the tables, in a narrower window too: a column that is not there tells nothing."""

console = Console(highlight=False, soft_wrap=True, width=WIDTH)


def say(line: str) -> None:
    console.print(f"[dim]{line}[/]")


def main() -> int:
    signal.signal(signal.SIGTERM, _end)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of every new topic that has no leader yet
    cores = machine.share_out()
    pin(cores.rest)  # and with us all we start, but the peers
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with (
            local_parts(ROOT / ".local", announce=say) as parts,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as r,
        ):
            report = r.run(measured(parts, cores))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (PartMissing, PartFailed, LoadFailed, Stuck, Unavailable) as error:
        print(f"no result: {error}", file=sys.stderr)
        return 1
    file = FOLDER / "ingest.json"
    file.write_text(json.dumps(report.document(), indent=1) + "\n")
    report.tell(console)
    console.print(f"\nwritten to {file.relative_to(ROOT)}")
    return 0


async def measured(parts: Parts, cores: Cores) -> Report:
    kafka = parts.kafka.label.removeprefix("Kafka ") if parts.kafka else "of KAFKA_BOOTSTRAP_SERVERS"
    described = machine.describe(kafka)
    await ensure_topics(parts.kafka_bootstrap, all_topics())
    day = Day(datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2))
    topic = Topic(parts.kafka_bootstrap)
    await topic.start()
    try:
        await topic.ends()  # waits until every partition has a leader
        async with fleet(PEERS, parts, cores, len(day.event(0)), FOLDER) as up:
            runs = await rounds(up, Meter(topic, day, up.key, parts.kafka.pid if parts.kafka else None), day)
    finally:
        await topic.close()
    return Report(Result(runs), *described, cores)


async def rounds(up: Fleet, meter: Meter, day: Day) -> list[Run]:
    times = Times(WARM_UP, SECONDS)
    turns = Rounds(up.members, meter, day, say)
    await turns.warm_up(Times(WARM_UP, min(2.0, SECONDS)))
    return [run for number in range(1, ROUNDS + 1) for run in await turns.round(number, times)]


def _end(number: int, _frame: FrameType | None) -> None:
    """Unwind, so that everything we started is stopped."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
