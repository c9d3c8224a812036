"""Who looks at what just now, and telling them that it changed.

A process has one hub and one connection that listens, however many look on. What changed is not sent: each browser
asks for its own page again, with its own rights. Nothing is queued: ten changes in a row are one, and the more
browsers look on, the longer a change waits for its turn, so that all of them together ask so many times a second and
no more.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.store import changes
from events.runtime.errors import Unavailable
from events.runtime.waiting import first_of, pause

log = structlog.get_logger()

EVERY_SECONDS = 0.3
ASKED_PER_SECOND = 50
"""Pages that all browsers together ask for again, while something changes all the time."""
AGAIN_SECONDS = 2.0
BEAT_SECONDS = 10.0
MOST_VIEWERS = 1000


class Full(Exception):
    """No more viewers here, or the process is about to stop: try again a little later."""


class Seat:
    """One viewer. It begins as changed: between rendering the page and listening something may have happened."""

    def __init__(self, case_id: UUID | None, beat: float, leave: Callable[["Seat"], None]) -> None:
        self.case_id = case_id
        self.mark: object = None
        self.over = False
        self._beat = beat
        self._leave = leave
        self._rung = asyncio.Event()
        self._rung.set()

    def ring(self) -> None:
        self._rung.set()

    def end(self) -> None:
        self.over = True
        self._rung.set()

    async def next(self) -> bool | None:
        """Whether something changed, as soon as it does; False is a sign of life; None: the hub has stopped."""
        try:
            await asyncio.wait_for(self._rung.wait(), self._beat)
        except TimeoutError:
            return False
        if self.over:
            return None
        self._rung.clear()
        return True

    def leave(self) -> None:
        """May be called again."""
        self._leave(self)


class Hub:
    """Tells viewers of changes: of one case, or of any."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        every: float = EVERY_SECONDS,
        beat: float = BEAT_SECONDS,
        most_viewers: int = MOST_VIEWERS,
    ) -> None:
        self._engine = engine
        self._every = every
        self._beat = beat
        self._most_viewers = most_viewers
        self._seats: set[Seat] = set()
        self._rung = asyncio.Event()
        self._stopping = False

    @property
    def viewers(self) -> int:
        return len(self._seats)

    def join(self, case_id: UUID | None = None) -> Seat:
        """A seat before one case, or before all, to be left in the end. Raises Full."""
        if self._stopping or len(self._seats) >= self._most_viewers:
            raise Full
        seat = Seat(case_id, self._beat, self._seats.discard)
        self._seats.add(seat)
        return seat

    async def run(self, stop: asyncio.Event) -> None:
        """The job: until ``stop``, then every stream ends, so that the server need not wait for them."""
        listening = asyncio.create_task(changes.listen(self._engine, self._rung.set, stop))
        try:
            while not stop.is_set():
                await first_of(stop, self._rung)
                self._rung.clear()
                if await self._tell():
                    await pause(stop, max(self._every, len(self._seats) / ASKED_PER_SECOND))
                else:
                    self._rung.set()
                    await pause(stop, AGAIN_SECONDS)
        finally:
            self._stopping = True
            for seat in list(self._seats):
                seat.end()
            await listening

    async def _tell(self) -> bool:
        """Whether it could be told; not while the database is away."""
        watched = {seat.case_id for seat in self._seats if seat.case_id}
        try:
            marks = await changes.marks(self._engine, watched) if watched else {}
        except Unavailable as error:
            log.warning("changes of cases not read", error=str(error))
            return False
        for seat in list(self._seats):
            mark = marks.get(seat.case_id) if seat.case_id else None
            if seat.case_id is None or mark != seat.mark:
                seat.mark = mark
                seat.ring()
        return True
