"""The rounds: every peer, every shape, both loops, taking turns."""

import itertools
from collections.abc import Callable, Iterator, Sequence

from bench.ingest.events import Day
from bench.ingest.fleet import Running
from bench.ingest.load import closed_loop, open_loop
from bench.ingest.machine import Look
from bench.ingest.meter import Meter, Turn
from bench.ingest.roster import INGEST
from bench.ingest.run import Run
from bench.ingest.schedule import arrivals
from bench.ingest.shapes import EXTRA, OFFICIAL, Shape
from bench.ingest.supply import Supplies, Supply
from bench.ingest.window import Times, Window

FIRST_GUESS = {1: 10_000.0, 100: 1_000.0}
"""Requests a second to be ready for while no rate is known, by events in a request."""
MARGIN = 2.0
"""Later: times the fastest rate so far."""
PACE = 0.5
"""An open loop runs at so much of what the same peer's closed loop reached in the first round."""


class Rounds:
    def __init__(self, members: Sequence[Running], meter: Meter, day: Day, say: Callable[[str], None]) -> None:
        self._members = members
        self._meter = meter
        self._supplies = Supplies(day)
        self._say = say
        self._fastest: dict[int, float] = {}
        self._paces: dict[tuple[str, str], float] = {}

    async def warm_up(self, times: Times) -> None:
        """Of the peers, and of the broker, which compiles itself meanwhile. Tells how many requests to make."""
        for shape in OFFICIAL:
            supply = self._enough(shape, times)
            for member in self._members:
                await self._closed(Turn(0, member, shape, "closed"), supply, times)

    async def round(self, number: int, times: Times) -> list[Run]:
        """The same bytes for every peer; who comes first changes from round to round."""
        first = number % len(self._members)
        members = [*self._members[first:], *self._members[:first]]
        short = Times(times.warm_up / 2, times.counted / 2)
        runs = []
        for shape in OFFICIAL:
            supply = self._enough(shape, times)
            for member in members:
                runs.append(await self._closed(Turn(number, member, shape, "closed"), supply, times))
        for shape, member in itertools.product(OFFICIAL, members):
            if member.peer.open:
                runs.append(await self._open(Turn(number, member, shape, "open"), short))
        for shape, member in itertools.product(EXTRA, members):
            if member.peer is INGEST:
                supply = self._enough(shape, short)
                runs.append(await self._closed(Turn(number, member, shape, "closed"), supply, short))
        return runs

    async def _closed(self, turn: Turn, supply: Supply, times: Times) -> Run:
        async def drive(requests: Iterator[bytes], look: Callable[[], Look]) -> Window[Look]:
            connections = turn.shape.connections
            return await closed_loop(turn.member.port, requests, connections=connections, times=times, look=look)

        self._say(f"round {turn.number}: {turn}")
        run = await self._meter.measure(turn, supply, drive)
        events = turn.shape.events
        self._fastest[events] = max(self._fastest.get(events, 0.0), run.requests_per_second)
        if turn.number:
            self._paces.setdefault((run.peer, run.shape), run.requests_per_second * PACE)
        return run

    async def _open(self, turn: Turn, times: Times) -> Run:
        due = arrivals(self._paces[turn.member.peer.name, turn.shape.name], times.whole, seed=turn.number)

        async def drive(requests: Iterator[bytes], look: Callable[[], Look]) -> Window[Look]:
            connections = 2 * turn.shape.connections
            return await open_loop(turn.member.port, requests, due, connections=connections, times=times, look=look)

        self._say(f"round {turn.number}: {turn}")
        return await self._meter.measure(turn, self._supplies.make(turn.shape, len(due)), drive)

    def _enough(self, shape: Shape, times: Times) -> Supply:
        """For the fastest peer, whoever that is."""
        fastest = self._fastest.get(shape.events)
        rate = FIRST_GUESS[shape.events] if fastest is None else fastest * MARGIN
        return self._supplies.make(shape, int(rate * times.whole))
