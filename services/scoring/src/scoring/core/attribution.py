"""Whom a number belongs to."""

from collections.abc import Iterator
from typing import NamedTuple

UNATTRIBUTED = "unattributed"
"""The key under which numbers nobody can be named for are shown, never dropped."""

DIMENSIONS: tuple[str, ...] = ("all", "channel", "team", "agent", "reason", "channel_team")


class Attribution(NamedTuple):
    """Each None where nobody can be named. (A tuple, since sums are gathered by it.)"""

    channel: str | None = None
    team: str | None = None
    agent: str | None = None
    reason: str | None = None

    def keys(self) -> Iterator[tuple[str, str]]:
        """(dimension, key) pairs this counts under."""
        channel, team = self.channel or UNATTRIBUTED, self.team or UNATTRIBUTED
        yield "all", ""
        yield "channel", channel
        yield "team", team
        yield "agent", self.agent or UNATTRIBUTED
        yield "reason", self.reason or UNATTRIBUTED
        yield "channel_team", f"{channel}/{team}"

    def filled_from(self, other: "Attribution") -> "Attribution":
        """With what ``other`` says where this does not."""
        if all(self):
            return self
        return Attribution(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))
