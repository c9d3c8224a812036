"""The demo's traffic alone: customers who call, and a specialist who calls some of them back."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile

import httpx

from amends.demo.player import Player
from amends.demo.sink import Sink, serving
from amends.demo.specialist import Specialist
from amends.demo.webhook import Webhook
from amends.posting import Poster
from amends.simulation.plan import past, plan
from amends.simulation.said import Planned
from events.runtime.waiting import pause

SHIFT_SECONDS = 1800.0
"""A player remembers all it has posted; after so long another takes over, with contacts of its own."""
SAY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Options:
    """``webhook_secret`` of ingest's source ``survey-tool``; None: surveys come as events. ``history``: days."""

    url: str
    key: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)
    rate: float
    seed: int
    history: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """``url``: where alerting is; ``secret``: what it signs webhooks with; ``port``: ours, for them."""

    url: str
    secret: str = field(repr=False)
    port: int


class Traffic:
    """Attributes:
    posted: events that ingest took, repeats included.
    """

    def __init__(self, client: httpx.AsyncClient, options: Options, say: Callable[[str], None]) -> None:
        self._client = client
        self._options = options
        self._say = say
        self._done = 0
        self._player = self._new_player()

    @property
    def posted(self) -> int:
        return self._done + self._player.posted

    async def tell_history(self, stop: asyncio.Event) -> None:
        """What was before, all at once. ``stop`` ends it. Raises as ``run`` does."""
        if not (days := self._options.history):
            return
        told = past(self._options.seed, datetime.now(UTC), tag="past", days=days)
        bringing = asyncio.ensure_future(self._player.bring(self._sent(told)))
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({bringing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if bringing.done():
                self._say(f"told of {bringing.result()} events of the {days} days before")
        finally:
            bringing.cancel()
            stopping.cancel()

    async def run(self, recovery: Recovery | None, stop: asyncio.Event) -> None:
        """Until ``stop``. Raises CommandError when ingest refuses an event, or is away for five minutes."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._shifts(stop))
            group.create_task(self._tell(stop))
            if recovery is not None:
                group.create_task(self._recover(recovery, stop))

    async def _shifts(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            now = datetime.now(UTC)
            postings = plan(self._options.seed, now, tag=f"{now:%y%m%d%H%M%S}", rate=self._options.rate)
            await self._player.play(takewhile(lambda planned: planned.at < SHIFT_SECONDS, self._sent(postings)), stop)
            self._done, self._player = self.posted, self._new_player()

    async def _tell(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await pause(stop, SAY_SECONDS)
            self._say(f"{self.posted} events posted")

    async def _recover(self, recovery: Recovery, stop: asyncio.Event) -> None:
        sink = Sink(recovery.secret)
        async with serving(sink, recovery.port):
            await Specialist(self._client, recovery.url, self._options.key, self._options.seed).work(sink, stop)

    def _new_player(self) -> Player:
        poster = Poster(self._client, self._options.url, self._options.key, notice=self._say)
        return Player(poster, Webhook(self._options.webhook_secret or ""))

    def _sent(self, postings: Iterable[Planned]) -> Iterator[Planned]:
        """From sources that stay the same from shift to shift, and by the webhook only where there is one."""
        for planned in postings:
            source = f"/demo/{planned.said.source.rpartition('/')[2]}"
            form = "structured" if planned.form == "webhook" and not self._options.webhook_secret else planned.form
            yield replace(planned, said=replace(planned.said, source=source), form=form)
