"""What processes have used, as Linux tells it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.ingest.machine import TICK, busy


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds so far, by part: ``service``, ``broker``, ``database`` and ``everybody`` on the machine."""

    seconds: Mapping[str, float]

    def since(self, earlier: "Used") -> dict[str, float]:
        return {part: used - earlier.seconds[part] for part, used in self.seconds.items()}


def look(parts: Mapping[str, Collection[int]]) -> Used:
    """``parts``: the processes each part began with; what they started counts with them, also when it has ended."""
    children = _children()
    found = {part: sum(_tree(pid, children) for pid in pids) for part, pids in parts.items()}
    return Used(found | {"everybody": busy()})


def memory_mib(pids: Collection[int]) -> float:
    """Of the processes and what they started: shared pages are shared out."""
    children = _children()
    return sum(_pss(pid) for first in pids for pid in _family(first, children)) / 1024


def _tree(pid: int, children: Mapping[int, list[int]]) -> float:
    first, *others = _family(pid, children)
    return _seconds(first, 4) + sum(_seconds(other, 2) for other in others)


def _family(pid: int, children: Mapping[int, list[int]]) -> list[int]:
    return [pid, *(each for child in children.get(pid, ()) for each in _family(child, children))]


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            found.setdefault(int(fields[1]), []).append(int(entry.name))
    return found


def _seconds(pid: int, columns: int) -> float:
    """User and system; with 4 columns also of the children it has waited for."""
    fields = _stat(pid)
    return sum(map(int, fields[11 : 11 + columns])) / TICK if fields else 0.0


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return []


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
