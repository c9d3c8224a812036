"""``scorecard.updated``: how everybody stands, whenever that has changed, but not more often than asked for."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events import codec
from events.runtime.database import transaction
from events.scorecard import Figure, ScorecardUpdated
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.recognition.ranking import figure
from scoring.core.window import Window
from scoring.rounds import rounds
from scoring.store import outbox, scorecards, turn
from scoring.store.panes import Panes, zero
from scoring.store.scorecards import Card, Told

WINDOWS = ("24h", "7d")
DIMENSIONS = ("all", "channel", "team")
EVERY_SECONDS = 30.0


class Scorecards:
    """One replica at a time."""

    def __init__(
        self, engine: AsyncEngine, panes: Panes, *, at_most_every: timedelta, agents: bool, now: Callable[[], datetime]
    ) -> None:
        """``at_most_every``: of each scorecard. ``agents``: whether there is one of each agent too."""
        self._engine = engine
        self._panes = panes
        self._pause = at_most_every
        self._dimensions = (*DIMENSIONS, "agent") if agents else DIMENSIONS
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        await rounds(stop, min(EVERY_SECONDS, self._pause.total_seconds()), self.once, "no scorecards announced")

    async def once(self) -> None:
        """Put what has changed into the outbox. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            tenants = await self._panes.tenants(tx)
        for tenant in tenants:
            async with transaction(self._engine) as tx:
                if await turn.mine(tx, "scorecards"):
                    await self._tell(tx, tenant, self._now())

    async def _tell(self, tx: AsyncConnection, tenant: str, now: datetime) -> None:
        told = await scorecards.told(tx, tenant)
        if told and now - max(last.at for last in told.values()) < self._pause:
            return
        said, digests = list[ScorecardUpdated](), dict[Card, bytes]()
        for name in WINDOWS:
            window = Window.rolling(name, now)
            for dimension in self._dimensions:
                found = await self._panes.sums(tx, tenant, dimension, window, now=now)
                # Of a thousand agents this takes long enough to be missed by whoever else waits for the loop.
                for card, digest, event in await asyncio.to_thread(_changed, dimension, name, window, found, told):
                    digests[card] = digest
                    said.append(event)
        await outbox.put(tx, tenant, said, now)
        await scorecards.tell(tx, tenant, digests, now)


def _changed(
    dimension: str, name: str, window: Window, found: Mapping[str, Sums], told: Mapping[Card, Told]
) -> list[tuple[Card, bytes, ScorecardUpdated]]:
    return [
        (card, digest, _event(card, window, figures))
        for card, figures in _cards(dimension, name, found, told)
        if (digest := _digest(figures)) != (told[card].digest if card in told else None)
    ]


def _cards(
    dimension: str, window: str, found: Mapping[str, Sums], told: Mapping[Card, Told]
) -> Iterable[tuple[Card, dict[str, Figure]]]:
    """Of every key that has numbers, or had some when it was last told of."""
    earlier = {card.key for card in told if card.dimension == dimension and card.window == window}
    for key in sorted(found.keys() | earlier):
        sums = found.get(key) or zero()
        yield (
            Card(dimension, key, window),
            {name: figure(name, metric.compute(sums)) for name, metric in METRICS.items()},
        )


def _digest(figures: Mapping[str, Figure]) -> bytes:
    written = codec.CANONICAL.encode({name: found.model_dump() for name, found in figures.items()})
    return hashlib.blake2b(written, digest_size=16).digest()


def _event(card: Card, window: Window, figures: dict[str, Figure]) -> ScorecardUpdated:
    return ScorecardUpdated(
        dimension=card.dimension,
        key=card.key,
        window=card.window,
        start=window.start,
        end=window.end,
        figures=figures,
    )
