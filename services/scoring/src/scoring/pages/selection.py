"""What a wallboard shows, as its address says it: ``?window=24h&channel=phone&team=billing``."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from events.vocabulary import Label
from scoring.core.pane import ceiling, floor
from scoring.core.window import Window

Grain: TypeAlias = Literal["minute", "hour", "day"]

STEPS: dict[str, tuple[Grain, timedelta]] = {
    "5m": ("minute", timedelta(minutes=1)),
    "1h": ("minute", timedelta(minutes=5)),
    "24h": ("hour", timedelta(hours=1)),
    "7d": ("hour", timedelta(hours=6)),
    "30d": ("day", timedelta(days=1)),
    "today": ("hour", timedelta(hours=1)),
    "this_week": ("hour", timedelta(hours=6)),
}
"""By window: the grain its charts are read in, and the length of one step."""

_LABEL: TypeAdapter[str] = TypeAdapter(Label)


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
        if parameters.get("window", "24h") not in STEPS:
            raise Unknown(f"There is no such window. There are {', '.join(STEPS)}.")
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

    def now(self, now: datetime, zone: ZoneInfo) -> Window:
        """``zone``: in which a day and a week begin."""
        return Window.named(self.window, now, zone)

    def steps(self, now: datetime, zone: ZoneInfo) -> list[datetime]:
        """When each step of the charts begins, oldest first: whole ones (UTC), but for the last, which is under way."""
        length = STEPS[self.window][1]
        first, newest = ceiling(self.now(now, zone).start, length), floor(now, length)
        return [first + length * place for place in range((newest - first) // length + 1)] or [newest]


NARROWING = ("channel", "team")
