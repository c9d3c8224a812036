"""The rounds: what is compared takes turns, so that what slows a while down slows all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bench.scoring import asking, peer_run, topics
from bench.scoring.database import Database, fresh
from bench.scoring.drain import Servers, watch
from bench.scoring.result import FEW, LATER, MAIN, MANY, THREE, Question, Result, Run
from bench.scoring.roster import OURS, Peer
from bench.scoring.service import scoring
from bench.scoring.stream import Score, Shape, Stream

EVENTS_AN_HOUR = 11_500
"""Of a centre with 1,000 agents, who have eight contacts an hour; with other numbers of agents it is as busy."""
MONTH_HOURS = 720.0
AGENTS = {FEW: 100, MAIN: 1_000, MANY: 10_000}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Size:
    """``peer_seconds``: how long each peer may take, at most."""

    events: int
    rounds: int
    peer_seconds: float


class Rounds:
    """``now``: Unix seconds, when the streams end."""

    def __init__(
        self, servers: Servers, peers: Sequence[Peer], size: Size, now: int, say: Callable[[str], None]
    ) -> None:
        self._servers = servers
        self._peers = peers
        self._size = size
        self._now = now
        self._say = say
        self._runs: list[Run] = []
        self._questions: list[Question] = []

    async def run(self) -> Result:
        """Raises BenchFailed."""
        stream = await self._filled(self._shape(MAIN), peers=True)
        for number in range(1, self._size.rounds + 1):
            everybody: tuple[Peer | str, ...] = (OURS, THREE, *self._peers)
            for one in turned(everybody, number):
                await self._turn(one, stream, number)
        for number in range(1, self._size.rounds + 1):
            for setting in turned((FEW, MANY), number):
                stream = await self._filled(self._shape(setting))
                await self._drain(stream, setting, number)
        await self._later()
        return Result(self._runs, self._questions)

    def _shape(self, setting: str) -> Shape:
        hours = self._size.events / EVENTS_AN_HOUR
        return Shape(self._size.events, AGENTS[setting], self._before(hours), hours)

    async def _filled(self, shape: Shape, *, peers: bool = False) -> Stream:
        self._say(f"filling the topics: {shape.events:,} events, {shape.agents:,} agents, {shape.hours:.1f} hours")
        stream = Stream(shape)
        await topics.empty(self._servers.bootstrap)
        await topics.fill(self._servers.bootstrap, stream, peers=peers)
        return stream

    async def _turn(self, who: Peer | str, stream: Stream, number: int) -> None:
        if not isinstance(who, Peer):
            await self._drain(stream, MAIN if who == OURS else who, number, processes=3 if who == THREE else 1)
            return
        self._say(f"round {number}: {who.name}")
        seconds = self._size.peer_seconds
        self._told(await peer_run.run(who, self._servers, stream, number=number, seconds=seconds))

    async def _drain(self, stream: Stream, setting: str, number: int, processes: int = 1) -> None:
        self._say(f"round {number}: scoring, {setting}")
        async with fresh(self._servers.database_url, "bench") as database:
            await self._applied(database, stream, setting, number, processes=processes)

    async def _later(self) -> None:
        """The same events after those of 30 days, in one database."""
        history = Stream(replace(self._shape(MAIN), name="month", hours=MONTH_HOURS, start=self._before(MONTH_HOURS)))
        for number in range(1, self._size.rounds + 1):
            self._say(f"round {number}: scoring, 30 days of history first")
            await topics.empty(self._servers.bootstrap)
            await topics.fill(self._servers.bootstrap, history, peers=False)
            async with fresh(self._servers.database_url, "bench") as database:
                await self._applied(database, history, "30 days", number)
                latest = Stream(self._shape(MAIN))
                await topics.fill(self._servers.bootstrap, latest, peers=False)
                await self._applied(database, latest, LATER, number, after=history)

    def _before(self, hours: float) -> int:
        return self._now - int(hours * 3600)

    async def _applied(
        self,
        database: Database,
        stream: Stream,
        setting: str,
        number: int,
        *,
        processes: int = 1,
        after: Stream | None = None,
    ) -> None:
        servers, before = self._servers, after.shape.events if after else 0
        async with scoring(servers.bootstrap, database.url, processes, servers.folder) as service:
            self._told(
                await watch(
                    servers,
                    database,
                    service,
                    setting=setting,
                    number=number,
                    before=before,
                    total=before + stream.shape.events,
                )
            )
            expected = together(stream.by_agent, after.by_agent if after else {})
            await asking.check(service, expected, (after or stream).shape.start)
            if number == 1 and setting in (MAIN, LATER):
                self._questions += await asking.ask(service, list(expected), history=after is not None)

    def _told(self, run: Run) -> None:
        self._runs.append(run)
        self._say(f"  {run.events:,} events in {run.seconds:.1f} s: {run.events_per_second:,.0f} a second")


def turned(things: Sequence[T], number: int) -> Iterator[T]:
    """Another one first in each round."""
    first = (number - 1) % len(things)
    yield from (*things[first:], *things[:first])


def together(one: dict[str, Score], other: dict[str, Score]) -> dict[str, Score]:
    nothing = Score(0, 0, 0)
    return {
        agent: Score(*map(sum, zip(one.get(agent, nothing), other.get(agent, nothing), strict=True)))
        for agent in one.keys() | other.keys()
    }
