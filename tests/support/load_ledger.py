"""The ledger of a load: what was sent, and what was answered.

It is on disk before a request leaves and again before the next one does, so that whoever is killed, it says no less
than what was promised.
"""

import asyncio
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Outcome(StrEnum):
    SENT = "sent"
    OK = "ok"
    """202: promised."""
    FAIL = "fail"
    """4xx, 503 that says nothing was stored, or nobody there to take it: refused."""
    UNKNOWN = "unknown"
    """Anything else: stored or not, wholly or in part."""


@dataclass(frozen=True)
class Entry:
    """One event. ``seq``: its place among those of its customer. ``fit``: ours should accept it."""

    id: str
    customer: str
    seq: int
    fit: bool
    outcome: Outcome = Outcome.SENT


class Ledger:
    """One JSON line an event and outcome; the last one counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def note(self, entries: Iterable[Entry], outcome: Outcome) -> None:
        lines = [json.dumps({**asdict(entry), "outcome": outcome}) + "\n" for entry in entries]
        await asyncio.to_thread(self._append, "".join(lines).encode())

    def _append(self, raw: bytes) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(file, raw)
            os.fsync(file)
        finally:
            os.close(file)

    def entries(self) -> dict[str, Entry]:
        found = {}
        for line in self._path.read_text().splitlines():
            said = json.loads(line)
            found[said["id"]] = Entry(**{**said, "outcome": Outcome(said["outcome"])})
        return found
