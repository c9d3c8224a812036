"""The port between the dispatcher and the outside: one destination, one method."""

from dataclasses import dataclass
from typing import Protocol

from alerting.core.message import Notice


@dataclass(frozen=True, slots=True)
class Destinations:
    """What an operator configured, checked. Secrets: never log this."""

    webhook_url: str | None = None
    webhook_secret: str | None = None
    apprise_urls: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Destinations(…)"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination took it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Not this time. ``problem`` is for people and holds nothing secret; ``after``: seconds we were asked to wait."""

    problem: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: trying again will not help."""

    problem: str


Result = Delivered | Failed | Refused


class Channel(Protocol):
    """One destination.

    Attributes:
        kind: from a closed set; a metric label.
        name: unique among all destinations and stable over restarts; no '.' in it.
        at_once: how many sends may be under way.
    """

    kind: str
    name: str
    at_once: int

    async def send(self, notice: Notice, key: str) -> Result:
        """Try once, bounded in time. ``key`` is the same for every try of one notification. Raises nothing."""
        ...

    async def close(self) -> None: ...
