"""Windows of time, and the few panes that make them up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scoring.core.pane import GRAINS, ceiling, floor

ROLLING: dict[str, timedelta] = {
    "5m": timedelta(minutes=5),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Rounding up to whole panes must not leave what a datetime can hold."""


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` (included) to ``end`` (excluded), whole minutes."""

    start: datetime
    end: datetime
    name: str | None = None

    @classmethod
    def rolling(cls, name: str, now: datetime) -> "Window":
        """The last 5 minutes, hour, … up to and including the current minute. KeyError for an unknown name."""
        minute = GRAINS[0][1]
        end = floor(now, minute) + minute
        return cls(end - ROLLING[name], end, name)

    @classmethod
    def between(cls, start: datetime, end: datetime) -> "Window":
        """Any other; widened to whole minutes. ValueError where it is empty, or ends beyond the year 9998."""
        minute = GRAINS[0][1]
        if start >= end:
            raise ValueError("from must be before to")
        if end > _LATEST:
            raise ValueError("to must be before the year 9999")
        return cls(floor(start, minute), ceiling(end, minute))

    def spans(self) -> Iterator[tuple[str, datetime, datetime]]:
        """(grain, first pane, end) triples that cover the window exactly once, in as few panes as possible."""
        yield from _cover(self.start, self.end, len(GRAINS) - 1)


def _cover(start: datetime, end: datetime, place: int) -> Iterator[tuple[str, datetime, datetime]]:
    grain, length = GRAINS[place]
    first, last = ceiling(start, length), floor(end, length)
    if first >= last:
        if place and start < end:
            yield from _cover(start, end, place - 1)
        return
    if place:
        yield from _cover(start, first, place - 1)
    yield grain, first, last
    if place:
        yield from _cover(last, end, place - 1)
