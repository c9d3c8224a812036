"""Reads what a wallboard shows: a handful of queries, in one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.pages.board import LEAST_SPANS, Board, Found, compose
from scoring.pages.numbers import ANSWERS, MENTIONS
from scoring.pages.selection import STEPS, Selection
from scoring.store.panes import Panes, zero

CHARTED = frozenset(measure for name in LEAST_SPANS for measure in METRICS[name].measures)
SHOWN = CHARTED | {"contacts"} | set(METRICS["net_approval"].measures) | set(ANSWERS) | set(MENTIONS)
"""What is read: no more than a board is made of."""

_ONE_MOMENT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
"""So that the parts of a board add up although events are counted while it is read."""


class Pair(NamedTuple):
    """A channel and a team, as the dimension ``channel_team`` names them."""

    channel: str
    team: str

    @classmethod
    def of(cls, key: str) -> "Pair":
        channel, _, team = key.partition("/")
        return cls(channel, team)


class Boards:
    """Reads boards of one tenant. Every method may raise Unavailable.

    Args:
        zone: in which a day and a week begin.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        panes: Panes,
        retention: Retention,
        tenant: str,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._panes = panes
        self._retention = retention
        self._tenant = tenant
        self._zone = zone
        self._now = now

    async def progress(self) -> object:
        """Differs once any consumer has counted more: effects and offsets are committed together."""
        async with transaction(self._engine) as tx:
            found = await tx.execute(text("SELECT count(*), coalesce(sum(next_offset), 0) FROM stream_offset"))
            return tuple(found.one())

    async def choices(self) -> tuple[list[str], list[str]]:
        """The channels and the teams that something was counted for in the last 30 days."""
        now = self._now()
        window = Window.rolling("30d", now)
        async with transaction(self._engine) as tx:
            return (
                list(await self._sums(tx, "channel", window, now)),
                list(await self._sums(tx, "team", window, now)),
            )

    async def board(self, selection: Selection) -> Board:
        now = self._now()
        window = selection.now(now, self._zone)
        dimension, key = selection.dimension
        async with transaction(self._engine) as tx:
            await tx.execute(_ONE_MOMENT)
            return compose(
                selection,
                Found(
                    now,
                    window,
                    await self._one(tx, dimension, key, window, now),
                    await self._one(tx, dimension, key, window.before(), now),
                    await self._steps(tx, selection, now),
                    await self._within(tx, "channel", selection, window, now),
                    await self._within(tx, "team", selection, window, now),
                ),
            )

    async def _one(self, tx: AsyncConnection, dimension: str, key: str, window: Window, now: datetime) -> Sums:
        found = await self._sums(tx, dimension, window, now, key)
        return found.get(key, zero())

    async def _sums(
        self, tx: AsyncConnection, dimension: str, window: Window, now: datetime, key: str | None = None
    ) -> dict[str, Sums]:
        kept = self._retention.shown(window, now)
        return await self._panes.sums(tx, self._tenant, dimension, kept, now=now, key=key, measures=SHOWN)

    async def _within(
        self, tx: AsyncConnection, kind: str, selection: Selection, window: Window, now: datetime
    ) -> dict[str, Sums]:
        """By channel, or by team, whatever else is selected."""
        own, other = selection.channel, selection.team
        if kind == "team":
            own, other = other, own
        if not other:
            found = await self._sums(tx, kind, window, now)
        else:
            pairs = {Pair.of(key): sums for key, sums in (await self._sums(tx, "channel_team", window, now)).items()}
            swap = kind == "team"
            found = {
                (pair.team if swap else pair.channel): sums
                for pair, sums in pairs.items()
                if other == (pair.channel if swap else pair.team)
            }
        return {key: sums for key, sums in found.items() if own in ("", key)}

    async def _steps(self, tx: AsyncConnection, selection: Selection, now: datetime) -> list[Sums]:
        grain, length = STEPS[selection.window]
        begins = selection.steps(now, self._zone)
        window = Window.between(begins[0], begins[-1] + length)
        dimension, key = selection.dimension
        steps: list[Sums] = [zero() for _ in begins]
        for start, sums in await self._panes.series(
            tx, self._tenant, dimension, key, window, grain, now=now, measures=CHARTED
        ):
            place = (start - begins[0]) // length
            if place < 0:
                continue  # the first pane may begin before the first whole step
            steps[place] = {measure: steps[place][measure] + total for measure, total in sums.items()}
        return steps
