"""Boards that change while they are looked at: one reader for each board, however many look on.

A process has one hub. It looks twice a second whether anything was counted (one small query, whatever is shown),
renders what somebody looks at, and every stream picks up the newest rendering when it gets round to it. Nothing is
queued: a slow viewer skips what is past, and memory grows with the boards shown, not with viewers or events.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from events.runtime.errors import Unavailable
from events.runtime.waiting import first_of, pause

log = structlog.get_logger()

Render = Callable[[], Awaitable[str]]

EVERY_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 1.0
"""A round is followed by a pause as long as itself, for scoring has more to do; but never by a longer one than this."""
BEAT_SECONDS = 5.0
TURN_SECONDS = 60.0
"""Rolling windows move on although nothing is counted."""
MOST_BOARDS = 32
MOST_VIEWERS = 1000


class Full(Exception):
    """No more boards or viewers here, or the process is about to stop: try again a little later."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rendering, or (``html`` is None) a sign of life. ``age``: seconds since the board was last read."""

    html: str | None
    age: float


@dataclass(slots=True)
class _Board:
    render: Render
    viewers: int = 0
    html: str | None = None
    number: int = 0
    mark: object = None
    read_at: float = 0.0
    over: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, html: str, mark: object) -> None:
        self.html, self.mark, self.read_at = html, mark, time.monotonic()
        self.number += 1
        self.ring()

    def ring(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class Seat:
    """One viewer's place before a board."""

    def __init__(self, board: _Board, beat: float, leave: Callable[[], None]) -> None:
        self._board = board
        self._beat = beat
        self._give_up: Callable[[], None] | None = leave
        self._seen = 0

    async def next(self) -> Frame | None:
        """The newest rendering once this seat has not seen it, or a sign of life; None once the hub has stopped."""
        board = self._board
        if board.number == self._seen and not board.over and not await _rung(board.changed, self._beat):
            return Frame(None, time.monotonic() - board.read_at if board.read_at else 0.0)
        if board.over:
            return None
        self._seen = board.number
        return Frame(board.html, 0.0)

    def leave(self) -> None:
        """May be called again."""
        if self._give_up is not None:
            self._give_up()
            self._give_up = None


class Hub:
    """Renders boards for those who look at them.

    Args:
        look: something that differs once more was counted; cheap. May raise Unavailable.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[object]],
        *,
        every: float = EVERY_SECONDS,
        most_boards: int = MOST_BOARDS,
        most_viewers: int = MOST_VIEWERS,
    ) -> None:
        self._look = look
        self._every = every
        self._most_boards = most_boards
        self._most_viewers = most_viewers
        self._boards: dict[Hashable, _Board] = {}
        self._wanted = asyncio.Event()
        self._stopping = False

    @property
    def viewers(self) -> int:
        return sum(board.viewers for board in self._boards.values())

    def join(self, name: Hashable, render: Render, *, beat: float = BEAT_SECONDS) -> "Seat":
        """A seat before the board of that name, to be left in the end. Boards of one name are rendered once for all.

        Args:
            beat: seconds between signs of life.

        Raises:
            Full: no more can be taken.
        """
        new = name not in self._boards
        if self._stopping or self.viewers >= self._most_viewers or (new and len(self._boards) >= self._most_boards):
            raise Full
        board = self._boards.setdefault(name, _Board(render))
        board.viewers += 1
        self._wanted.set()
        return Seat(board, beat, lambda: self._leave(name, board))

    def _leave(self, name: Hashable, board: _Board) -> None:
        board.viewers -= 1
        if not board.viewers:
            del self._boards[name]

    async def run(self, stop: asyncio.Event) -> None:
        """The job: until ``stop``, then every stream ends, so that the server need not wait for them."""
        try:
            while not stop.is_set():
                self._wanted.clear()
                if self._boards:
                    began = time.monotonic()
                    await self._round()
                    await pause(stop, min(max(self._every, time.monotonic() - began), LONGEST_PAUSE_SECONDS))
                else:
                    await first_of(stop, self._wanted)
        finally:
            self._stopping = True
            for board in self._boards.values():
                board.over = True
                board.ring()

    async def _round(self) -> None:
        try:
            mark = await self._look(), time.monotonic() // TURN_SECONDS
            for board in list(self._boards.values()):
                if board.mark != mark:
                    board.show(await board.render(), mark)
        except (Unavailable, SQLAlchemyError) as error:  # what is shown stays, and its age tells
            log.warning("boards not read", error=type(error).__name__)


async def _rung(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
