"""What every benchmark's command does around its measuring: where results go, words for whoever waits, a clean end."""

import json
import logging
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from amends.local.errors import PartFailed, PartMissing
from events.runtime.errors import Stuck, Unavailable

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".local" / "bench"

console = Console(highlight=False, soft_wrap=True, width=130)


class BenchFailed(Exception):
    """There is no result. ``str()`` says why, in a line."""


def say(line: str) -> None:
    console.print(f"[dim]{line}[/]")


def run(measure: Callable[[], Mapping[str, Any]], name: str) -> int:
    """Measure, and keep the result as ``name``.json. Returns the exit code; a signal unwinds all that was started."""
    signal.signal(signal.SIGTERM, _end)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of every new topic that has no leader yet
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        document = measure()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (PartMissing, PartFailed, BenchFailed, Stuck, Unavailable) as error:
        print(f"no result: {error}", file=sys.stderr)
        return 1
    file = FOLDER / f"{name}.json"
    file.write_text(json.dumps(document, indent=1) + "\n")
    console.print(f"\nwritten to {file.relative_to(ROOT)}")
    return 0


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
