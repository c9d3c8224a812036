"""``python -m bench.profile_sync``, from the root of the checkout: notes into a CRM against the ceiling its limit sets,
and what it costs to read a remark.

BENCH_SECONDS: of the pushing. BENCH_PUSH=0: reading only.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from dataclasses import asdict
from types import FrameType
from typing import Any

from bench.alerting.fleet import ROOT, BenchFailed
from bench.ingest import machine
from bench.profile_sync import extraction, pushing
from bench.profile_sync.crm import LATENCY_SECONDS, LIMIT
from rich.console import Console

from amends.local.errors import PartFailed, PartMissing
from amends.local.parts import Parts, local_parts
from events.runtime.errors import Stuck, Unavailable
from events.runtime.kafka import ensure_topics
from events.topics import all_topics

SECONDS = float(os.environ.get("BENCH_SECONDS") or 30)
PUSH = os.environ.get("BENCH_PUSH") != "0"
GOAL = 0.9
FOLDER = ROOT / ".local" / "bench"

console = Console(highlight=False, soft_wrap=True, width=118)


def say(line: str) -> None:
    console.print(f"[dim]{line}[/]")


def main() -> int:
    signal.signal(signal.SIGTERM, _end)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        document = {**_reading(), **(_pushing() if PUSH else {})}
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (PartMissing, PartFailed, BenchFailed, Stuck, Unavailable) as error:
        print(f"no result: {error}", file=sys.stderr)
        return 1
    file = FOLDER / "profile-sync.json"
    file.write_text(json.dumps(document, indent=1) + "\n")
    console.print(f"\nwritten to {file.relative_to(ROOT)}")
    return 0


def _reading() -> dict[str, Any]:
    read = extraction.read()
    console.print(
        f"\n[bold]extraction[/]: {read.microseconds:.0f} µs a remark over {read.remarks} of {read.source};"
        f" the dearest {read.dearest / 1000:.1f} ms"
    )
    return {"extract_us": round(read.microseconds, 1), "extraction": asdict(read)}


def _pushing() -> dict[str, Any]:
    with local_parts(ROOT / ".local", announce=say) as parts:
        return asyncio.run(_pushed(parts))


async def _pushed(parts: Parts) -> dict[str, Any]:
    await ensure_topics(parts.kafka_bootstrap, all_topics())
    described, libraries = machine.describe(parts.kafka.label.removeprefix("Kafka ") if parts.kafka else "")
    say(f"a CRM of {LATENCY_SECONDS * 1000:.0f} ms and {LIMIT} calls at once; {SECONDS:.0f} s …")
    found = await pushing.pushed(parts, SECONDS, FOLDER)
    met = "[green]met[/]" if found.vs_ceiling >= GOAL else "[red]missed[/]"
    cores = ", ".join(f"{part} {seconds / found.seconds:.2f}" for part, seconds in found.used.items())
    console.print(
        f"\n[bold]pushing[/]: {found.per_second:.1f} notes/s, two calls each; the ceiling is {pushing.CEILING:.0f}:"
        f" {found.vs_ceiling:.3f} of it, goal ≥ {GOAL} {met}\n"
        f"  {found.calls / found.seconds:.0f} calls/s, at most {found.most} at once, {found.refused} refused\n"
        f"  cores: {cores}"
    )
    others = found.used["everybody"] - sum(found.used[part] for part in ("service", "database", "crm"))
    if others / found.seconds > 0.2:
        say(f"other programs used {others / found.seconds:.2f} of a core: not to be quoted")
    return {
        "push_vs_ceiling": round(found.vs_ceiling, 4),
        "notes_per_second": round(found.per_second, 2),
        "ceiling_notes_per_second": pushing.CEILING,
        "calls_a_push": round(found.calls / found.notes, 3),
        "pushing": asdict(found),
        "machine": described,
        "versions": libraries,
    }


def _end(number: int, _frame: FrameType | None) -> None:
    """Unwind, so that everything we started is stopped."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
