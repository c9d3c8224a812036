"""Reads panes and computes: several metrics over a window by a dimension, compared and placed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import quadrant
from scoring.core.histogram import Histogram
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.figures.asked import Asked
from scoring.figures.figure import Figure, Found, Material
from scoring.store.panes import Panes

_PLACED = frozenset((*METRICS["aht"].measures, *METRICS["csat"].measures))


@dataclass(frozen=True, slots=True)
class _Read:
    """The sums of every key over windows that are taken together."""

    windows: tuple[Window, ...]
    by_key: Mapping[str, Sums]

    def of(self, key: str) -> Found | None:
        return Found(self.windows, self.by_key.get(key, {})) if self.windows else None


class Figures:
    """Every method reads inside the caller's transaction; ``now`` says what is settled and what is still kept."""

    def __init__(self, panes: Panes, retention: Retention) -> None:
        self._panes = panes
        self._retention = retention

    async def read(self, tx: AsyncConnection, tenant: str, asked: Asked, now: datetime) -> dict[str, dict[str, Figure]]:
        """Per key, in order, and metric. Of ``all``, and of a key that is asked for, also where there is no data."""
        found = await self.material(tx, tenant, asked, now)
        return {key: each.figures(asked.metrics) for key, each in found.items()}

    async def material(self, tx: AsyncConnection, tenant: str, asked: Asked, now: datetime) -> dict[str, Material]:
        """What ``read`` computes from, for who computes elsewhere: with thousands of keys that takes its time."""
        reading = _Reading(self._panes, tx, tenant, asked, now)
        window = self.shown(asked.window, now)
        current = await reading.sums([window])
        compare = await reading.sums([self.shown(other, now) for other in _compared_with(asked)])
        short = await reading.sums([self.shown(asked.window.before(), now)] if asked.trend else [])
        long = await reading.sums([self.shown(other, now) for other in asked.window.usual()] if asked.trend else [])
        histograms = await reading.histograms(window)
        return {
            key: Material(
                Found(current.windows, current.by_key.get(key, {})),
                compare.of(key),
                short.of(key),
                long.of(key),
                histograms.get(key, {}),
            )
            for key in _keys(asked, current, compare, short, long)
        }

    async def quadrant(
        self, tx: AsyncConnection, tenant: str, dimension: str, window: Window, now: datetime
    ) -> quadrant.Quadrant:
        """Who is fast or slow, with happy or unhappy customers."""
        shown = self.shown(window, now)
        found = await self._panes.sums(tx, tenant, dimension, shown, now=now, measures=_PLACED)
        return quadrant.quadrant(found)

    def shown(self, window: Window, now: datetime) -> Window:
        """The window that is answered for: each end moved outwards to where sums are still kept."""
        return self._retention.shown(window, now)


class _Reading:
    """What one question needs read."""

    def __init__(self, panes: Panes, tx: AsyncConnection, tenant: str, asked: Asked, now: datetime) -> None:
        self._panes = panes
        self._tx = tx
        self._tenant = tenant
        self._asked = asked
        self._now = now

    async def sums(self, windows: Sequence[Window]) -> _Read:
        asked, found = self._asked, list[Mapping[str, Sums]]()
        for window in windows:
            found.append(
                await self._panes.sums(
                    self._tx,
                    self._tenant,
                    asked.dimension,
                    window,
                    now=self._now,
                    key=asked.key,
                    measures=asked.measures,
                )
            )
        return _Read(tuple(windows), found[0] if len(found) == 1 else _together(found, asked.measures))

    async def histograms(self, window: Window) -> Mapping[str, Mapping[str, Histogram]]:
        asked = self._asked
        if not asked.histograms:
            return {}
        return await self._panes.histograms(
            self._tx, self._tenant, asked.dimension, window, asked.histograms, key=asked.key
        )


def _compared_with(asked: Asked) -> list[Window]:
    match asked.compare:
        case "before":
            return [asked.window.before()]
        case "last_week":
            return [asked.window.weeks_before()]
    return []


def _together(found: Sequence[Mapping[str, Sums]], measures: frozenset[str]) -> dict[str, Sums]:
    keys = {key for by_key in found for key in by_key}
    return {
        key: {measure: sum(by_key.get(key, {}).get(measure, 0) for by_key in found) for measure in measures}
        for key in keys
    }


def _keys(asked: Asked, *read: _Read) -> list[str]:
    """Whoever is in any of the windows: that nothing comes from a channel any more is news."""
    if asked.key is not None:
        return [asked.key]
    if asked.dimension == "all":
        return [""]
    return sorted({key for each in read for key in each.by_key})
