"""How long what is kept, and what that means for a window that reaches back further."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scoring.core.pane import GRAINS, ceiling, floor
from scoring.core.window import Window


@dataclass(frozen=True, slots=True)
class Retention:
    """How long minutes and hours are kept by what they are about; days are kept for ever.

    Attributes:
        facts: how long a fact is kept after it last changed. What is told anew of one that is gone counts twice.
    """

    minutes: timedelta = timedelta(days=9)  # the same hours last week are compared with
    hours: timedelta = timedelta(days=100)
    facts: timedelta = timedelta(days=400)

    def shown(self, window: Window, now: datetime) -> Window:
        """The window with each end moved outwards to a pane that is still there."""
        start, end = self._edge(window.start, now, floor), self._edge(window.end, now, ceiling)
        return window if (start, end) == (window.start, window.end) else Window(start, end, window.name)

    def _edge(self, edge: datetime, now: datetime, to: Callable[[datetime, timedelta], datetime]) -> datetime:
        (_, _), (_, hour), (_, day) = GRAINS
        if edge < self.horizon("hour", now):
            return to(edge, day)
        return to(edge, hour) if edge < self.horizon("minute", now) else edge

    def horizon(self, grain: str, now: datetime) -> datetime:
        """From when on panes of the grain are there: whole days, so that coarser ones begin where finer ones end."""
        kept = {"minute": self.minutes, "hour": self.hours}[grain]
        return floor(now - kept, GRAINS[2][1])
