"""A contact centre's traffic through the set, a broker lost meanwhile, and whether every promise was kept."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from amends.demo.player import Player
from amends.demo.sink import Sink
from amends.demo.specialist import Specialist
from amends.demo.verdict import Found, delays, findings, percentile
from amends.demo.webhook import Webhook
from amends.posting import Poster
from amends.rehearsal.fleet import Fleet, Front
from amends.rehearsal.ground import Ground
from amends.rehearsal.steps import Steps
from amends.services import ALERTING, INGEST, SCORING
from amends.simulation.plan import plan
from events.customer import CustomerErased

PATIENCE_SECONDS = 60.0
AWAY_SECONDS = 5.0
BEFORE_SECONDS = 3.0
LOST = 1


@dataclass(frozen=True, slots=True)
class Traffic:
    """``seconds`` of it, ``rate`` events a second, the same for the same ``seed``."""

    seconds: float
    rate: float
    seed: int
    tag: str


class Centre:
    """It posts to both processes of ingest in turn."""

    def __init__(self, fleet: Fleet, sink: Sink, key: str, webhook: Webhook, steps: Steps) -> None:
        self._fleet = fleet
        self._sink = sink
        self._key = key
        self._steps = steps
        self._client = httpx.AsyncClient(transport=Front(fleet.urls(INGEST)), timeout=10)
        poster = Poster(self._client, fleet.urls(INGEST)[0], key, notice=self._notice, patience=PATIENCE_SECONDS)
        self.player = Player(poster, webhook)

    async def play(self, traffic: Traffic) -> None:
        """Until all is posted. Raises CommandError where an event is refused, or ingest stays away."""
        stop = asyncio.Event()
        specialist = Specialist(self._fleet.client, self._fleet.urls(ALERTING)[1], self._key, traffic.seed)
        postings = plan(traffic.seed, datetime.now(UTC), tag=traffic.tag, rate=traffic.rate, seconds=traffic.seconds)
        async with self._client, asyncio.TaskGroup() as group:
            group.create_task(specialist.work(self._sink, stop))
            try:
                # Without erasures: one may overtake what the customer said before, and then either outcome is right.
                said = (posting for posting in postings if not isinstance(posting.said.payload, CustomerErased))
                await self.player.play(said, stop)
            finally:
                stop.set()

    def _notice(self, sentence: str) -> None:
        self._steps.say(f"    {sentence}")

    async def off(self) -> Sequence[str]:
        """One sentence for everything that is not as promised, so far."""
        self._fleet.check()
        expected, ours = self.player.expected, self.player.sent_at.keys()
        observer = self._fleet.observers[0]
        found = Found(
            applied=await self._fleet.applied(SCORING),
            others=await self._fleet.accepted() - self.player.posted,
            cases={case["id"]: case["event_id"] for case in await observer.cases() if case["event_id"] in ours},
            arrivals=[arrival for arrival in self._sink.arrivals if arrival.event_id in ours],
            forged=self._sink.forged,
            profiles={
                who: fields
                for who, fields in (await observer.profiles()).items()
                if who in expected.customers and fields
            },
        )
        return findings(expected, found)

    def told(self) -> str:
        """How it went, in a line."""
        expected = self.player.expected
        seconds = delays(self.player.sent_at, self._sink.first_arrivals(), expected.cases)
        half, most = percentile(seconds, 0.5), percentile(seconds, 0.99)
        how = f", answer to notification p50 {half:.2f} s, p99 {most:.2f} s" if half is not None and most else ""
        return (
            f"{self.player.posted} events posted, {len(expected.events)} of them distinct,"
            f" {len(expected.cases)} bad answers, {len(self._sink.arrivals)} notifications{how}"
        )


async def lose_a_broker(ground: Ground, steps: Steps) -> None:
    """SIGKILL for one of the three; it comes back after five seconds with what it had."""
    await asyncio.sleep(BEFORE_SECONDS)
    broker = ground.brokers[LOST]
    await asyncio.to_thread(broker.kill)
    steps.say(f"{broker.label} was killed; two are left")
    await asyncio.sleep(AWAY_SECONDS)
    began = time.monotonic()
    await asyncio.to_thread(broker.start)
    steps.say(f"{broker.label} is back after {time.monotonic() - began:.1f} s")
