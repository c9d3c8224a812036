"""``python -m bench.profile_sync``, from the root of the checkout: notes into a CRM against the ceiling its limit sets,
and what it costs to read a remark.

BENCH_SECONDS: of the pushing. BENCH_PUSH=0: reading only.
"""

import asyncio
import os
import sys
from dataclasses import asdict
from typing import Any

from bench.ingest import machine
from bench.profile_sync import extraction, pushing
from bench.profile_sync.crm import LATENCY_SECONDS, LIMIT
from bench.session import FOLDER, ROOT, console, run, say

from amends.local.parts import Parts, local_parts
from events.runtime.kafka import ensure_topics
from events.topics import all_topics

SECONDS = float(os.environ.get("BENCH_SECONDS") or 30)
PUSH = os.environ.get("BENCH_PUSH") != "0"
GOAL = 0.9


def main() -> int:
    return run(lambda: {**_reading(), **(_pushing() if PUSH else {})}, "profile-sync")


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


if __name__ == "__main__":
    sys.exit(main())
