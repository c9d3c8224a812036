"""What a check found, in the operator's words."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """From what counts least: a check is at the last of its findings' levels."""

    SKIPPED = "skipped"
    """Could not be looked at, or was not asked for."""
    FINE = "fine"
    WARNING = "warning"
    """Works, but somebody should look at it."""
    BROKEN = "broken"
    """Does not work, or customers wait."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. ``fix``: what to do, as a command where there is one. Neither has anything personal or secret in it."""

    level: Level
    says: str
    fix: str = ""


class NotGiven(Exception):
    """What a check looks at was not named: it is skipped, saying so."""

    def __init__(self, says: str, fix: str) -> None:
        super().__init__(says)
        self.finding = skipped(says, fix)


def fine(says: str) -> Finding:
    return Finding(Level.FINE, says)


def skipped(says: str, fix: str = "") -> Finding:
    return Finding(Level.SKIPPED, says, fix)


def warning(says: str, fix: str) -> Finding:
    return Finding(Level.WARNING, says, fix)


def broken(says: str, fix: str) -> Finding:
    return Finding(Level.BROKEN, says, fix)


def count(number: int, one: str, many: str = "") -> str:
    """``1 record``, ``2 records``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def spoken(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3 h``, ``5 days``."""
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
