"""What a wallboard shows, as its address says it: ``?window=24h&channel=phone&team=billing``."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError

from events.vocabulary import Label
from scoring.core.window import ROLLING, Window

Grain: TypeAlias = Literal["minute", "hour", "day"]

STEPS: dict[str, tuple[Grain, timedelta]] = {
    "5m": ("minute", timedelta(minutes=1)),
    "1h": ("minute", timedelta(minutes=5)),
    "24h": ("hour", timedelta(hours=1)),
    "7d": ("hour", timedelta(hours=6)),
    "30d": ("day", timedelta(days=1)),
}
"""By window: the grain its charts are read in, and the length of one step."""

_LABEL: TypeAdapter[str] = TypeAdapter(Label)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unknown(Exception):
    """The address asks for something that cannot be shown; the text says what."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A window, and perhaps one channel, one team, or both. Two that are equal see the same page."""

    window: str = "24h"
    channel: str = ""
    team: str = ""

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "Selection":
        """Raises Unknown."""
        if parameters.get("window", "24h") not in ROLLING:
            raise Unknown(f"There is no such window. There are {', '.join(ROLLING)}.")
        try:
            labels = {name: _LABEL.validate_python(parameters[name]) for name in NARROWING if parameters.get(name)}
        except ValidationError as error:
            raise Unknown("That cannot be the name of a channel or a team.") from error
        return cls(parameters.get("window", "24h"), **labels)

    @property
    def dimension(self) -> tuple[str, str]:
        """The dimension and the key that are summed."""
        if self.channel and self.team:
            return "channel_team", f"{self.channel}/{self.team}"
        if self.channel:
            return "channel", self.channel
        return ("team", self.team) if self.team else ("all", "")

    def query(self, **changes: str) -> str:
        """As in an address; what is as usual is left out."""
        wanted = replace(self, **changes)
        named = {"window": wanted.window if wanted.window != "24h" else ""}
        named |= {"channel": wanted.channel, "team": wanted.team}
        found = urlencode({name: text for name, text in named.items() if text})
        return f"?{found}" if found else ""

    def now(self, now: datetime) -> Window:
        return Window.rolling(self.window, now)

    def before(self, now: datetime) -> Window:
        """As long, right before."""
        window = self.now(now)
        return Window.between(window.start - (window.end - window.start), window.start)

    def steps(self, now: datetime) -> list[datetime]:
        """When each step of the charts begins, oldest first; whole steps, but for the last, which is under way."""
        length = STEPS[self.window][1]
        number = ROLLING[self.window] // length
        newest = _EPOCH + (now - _EPOCH) // length * length
        return [newest - length * back for back in reversed(range(number))]


NARROWING = ("channel", "team")
