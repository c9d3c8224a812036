"""One demo from its start to its verdict."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.live import Live

from amends.demo import history, places, view
from amends.demo.observer import Seen
from amends.demo.player import Player
from amends.demo.specialist import Specialist
from amends.demo.stage import Stage, stage
from amends.demo.verdict import Found, delays, findings, since
from amends.demo.view import Board
from amends.errors import Interrupted
from amends.local.parts import Parts
from amends.posting import Poster
from amends.services import ALERTING, INGEST
from amends.simulation.plan import DAY_SECONDS, plan
from events.runtime.waiting import pause

DRAIN_SECONDS = 60.0
SETTLE_SECONDS = 2.0
LOOK_SECONDS = 1.0
LINE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Options:
    """``seconds`` of traffic, None: until somebody ends it. ``history``: days to tell of before that. ``private``: a
    folder that goes with the run."""

    seconds: float | None
    rate: float
    seed: int
    history: int
    private: Path
    logs: Path


class Signals:
    """Ctrl-C and SIGTERM: end ``gently`` what may be ended so, else cancel the task we run in."""

    def __init__(self) -> None:
        self.code = 0
        self.gently: asyncio.Event | None = None
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (made inside one)
        self._task = task
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._came, number)

    def _came(self, number: int) -> None:
        self.code = 128 + number
        if self.gently is not None and not self.gently.is_set():
            self.gently.set()
        else:
            self._task.cancel()


async def run(parts: Parts, options: Options, console: Console, announce: Callable[[str], None]) -> int:
    """The exit code: 0 when every promise was kept, or when a run without end was ended; 1 when something is off.

    Raises:
        Interrupted: ended before there was a verdict.
        CommandError, Unavailable, Stuck: it could not be set up, or a part failed.
    """
    signals = Signals()
    try:
        async with stage(parts, options.private, options.logs, announce) as up:
            places.tell(console, up.children, passphrase=up.passphrase, key=up.key, sources=up.sources)
            code = await _Run(up, options, console, signals).run(announce)
            announce("stopping …")
            return code
    except asyncio.CancelledError:
        if signals.code:
            raise Interrupted(signals.code) from None
        raise


class _Run:
    def __init__(self, up: Stage, options: Options, console: Console, signals: Signals) -> None:
        self._up = up
        self._options = options
        self._console = console
        self._signals = signals
        self._notice = ""
        self._seen = Seen()
        self._began = time.monotonic()
        poster = Poster(up.client, up.children[INGEST].url, up.key, notice=self._notices, patience=60)
        self._player = Player(poster, up.webhook)
        self._specialist = Specialist(up.client, up.children[ALERTING].url, up.key, options.seed)

    async def run(self, announce: Callable[[str], None]) -> int:
        if days := self._options.history:
            tag = f"{self._up.tag}-past"
            count = await history.tell(self._player, self._up.observer, seed=self._options.seed, tag=tag, days=days)
            announce(f"{count} events of the {days} days before have come through")
        await self._traffic()
        if self._options.seconds is None:
            self._console.print(view.summary(self._board(), None))
            return 0
        self._console.print("traffic has stopped; waiting until everything has come through …")
        off = await self._verdict()
        self._console.print(view.summary(self._board(), off))
        return 1 if off else 0

    async def _traffic(self) -> None:
        """Play, recover and show until the plan ends or somebody ends it."""
        self._began = time.monotonic()
        stop = asyncio.Event()
        self._signals.gently = stop if self._options.seconds is None else None
        chosen = self._options
        postings = plan(chosen.seed, datetime.now(UTC), tag=self._up.tag, rate=chosen.rate, seconds=chosen.seconds)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._specialist.work(self._up.sink, stop))
            group.create_task(self._show(stop))
            try:
                await self._player.play(postings, stop)
            finally:
                stop.set()
        self._signals.gently = None

    async def _show(self, stop: asyncio.Event) -> None:
        """Look once a second; draw in a terminal, say a line every five seconds elsewhere."""
        said = 0.0
        with Live(console=self._console, auto_refresh=False, transient=True) as drawing:
            while not stop.is_set():
                await self._look()
                if self._console.is_terminal:
                    drawing.update(view.live(self._board()), refresh=True)
                elif time.monotonic() - said >= LINE_SECONDS:
                    said = time.monotonic()
                    self._console.print(view.line(self._board()), markup=False)
                await pause(stop, LOOK_SECONDS)

    async def _look(self) -> None:
        self._up.children.check()
        try:
            seen = await self._up.observer.look()
            self._seen = replace(seen, applied=since(self._up.before, seen.applied))
        except httpx.HTTPError as error:
            self._notices(f"a service does not answer: {type(error).__name__}")

    def _notices(self, sentence: str) -> None:
        self._notice = sentence

    def _board(self) -> Board:
        expected = self._player.expected
        seconds = time.monotonic() - self._began
        arrived = self._up.sink.first_arrivals()
        return Board(
            seconds=seconds,
            posted=self._player.posted,
            distinct=len(expected.events),
            notified=len(self._up.sink.arrivals),
            closed=self._specialist.closed,
            delays=delays(self._player.sent_at, arrived, expected.cases),
            seen=self._seen,
            phase=seconds / (self._options.seconds or DAY_SECONDS) % 1,
            notice=self._notice,
        )

    async def _verdict(self) -> Sequence[str]:
        """What is off once everything has come through, or 60 s have passed."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while await self._off() and time.monotonic() < deadline:  # noqa: ASYNC110  (what we wait for is elsewhere)
            await asyncio.sleep(0.5)
        await asyncio.sleep(SETTLE_SECONDS)  # for what should not come any more
        off = await self._off()
        await self._look()
        return off

    async def _off(self) -> list[str]:
        self._up.children.check()
        observer, expected = self._up.observer, self._player.expected
        applied = await observer.applied()
        ours = self._player.sent_at.keys()
        customers = expected.customers
        profiles = await observer.profiles()
        found = Found(
            applied=since(self._up.before, applied),
            others=await observer.accepted() - self._player.posted,
            cases={case["id"]: case["event_id"] for case in await observer.cases() if case["event_id"] in ours},
            arrivals=[arrival for arrival in self._up.sink.arrivals if arrival.event_id in ours],
            forged=self._up.sink.forged,
            profiles={who: fields for who, fields in profiles.items() if who in customers and fields},
        )
        return findings(expected, found)
