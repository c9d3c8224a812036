"""Whom a number belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass

UNATTRIBUTED = "unattributed"
"""The key under which numbers nobody can be named for are shown, never dropped."""

DIMENSIONS: tuple[str, ...] = ("all", "channel", "team", "agent", "reason")


@dataclass(frozen=True, slots=True)
class Attribution:
    channel: str | None = None
    team: str | None = None
    agent: str | None = None
    reason: str | None = None

    def keys(self) -> Iterator[tuple[str, str]]:
        """(dimension, key) pairs this counts under."""
        yield "all", ""
        for dimension in DIMENSIONS[1:]:
            yield dimension, getattr(self, dimension) or UNATTRIBUTED

    def filled_from(self, other: "Attribution") -> "Attribution":
        return Attribution(*(getattr(self, d) or getattr(other, d) for d in DIMENSIONS[1:]))
