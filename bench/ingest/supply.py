"""Bodies of requests, made before the clock starts; no two supplies share an event."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.ingest.events import Day
from bench.ingest.shapes import Shape

RESERVE = 10
"""Numbers set aside for each body made, for the case that a peer is faster than anything seen before."""


@dataclass(frozen=True, slots=True)
class Supply:
    """The bodies of one shape for one turn of every peer; each peer starts with the first."""

    shape: Shape
    day: Day
    first: int
    made: Sequence[bytes]

    def more(self) -> Iterator[bytes]:
        """Bodies beyond those made, without end. Made while the clock runs, which can only slow the peer."""
        return (self.shape.body(self.day, number) for number in itertools.count(self.first + len(self.made)))


class Supplies:
    def __init__(self, day: Day) -> None:
        self._day = day
        self._events = 0

    def make(self, shape: Shape, count: int) -> Supply:
        """``count`` bodies of events that nobody was sent before."""
        first = -(-self._events // shape.events)
        self._events = (first + RESERVE * count) * shape.events
        return Supply(shape, self._day, first, [shape.body(self._day, first + each) for each in range(count)])
