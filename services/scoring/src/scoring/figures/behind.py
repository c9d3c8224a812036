"""From a number to the contacts behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core.facts.customer import REPEAT_WINDOW
from scoring.core.measures import PENDING, REPEATS
from scoring.core.metrics.metric import Metric
from scoring.core.pane import GRAINS, floor
from scoring.core.window import Window
from scoring.store import drill
from scoring.store.drill import Behind, Place


@dataclass(frozen=True, slots=True)
class Number:
    """Which number somebody wants to look behind."""

    tenant: str
    metric: Metric
    dimension: str
    key: str
    window: Window


async def behind(
    tx: AsyncConnection, number: Number, now: datetime, after: Place | None, limit: int
) -> tuple[Sequence[Behind], Place | None]:
    """What counts for the number, newest first, and where the next page starts; None where that was all."""
    window, measures = _counted(number, now)
    if window is None:
        return [], None
    return await drill.contacts(tx, number.tenant, number.dimension, number.key, window, measures, after, limit)


def _counted(number: Number, now: datetime) -> tuple[Window | None, frozenset[str]]:
    """Resolutions are settled or pending by their age, which is nothing that is stored."""
    measures, window = frozenset(number.metric.measures), number.window
    horizon = floor(now - REPEAT_WINDOW, GRAINS[0][1])
    if PENDING in measures:
        start = max(window.start, horizon)
        return (Window(start, window.end) if start < window.end else None), frozenset({"settled"})
    if measures <= frozenset(REPEATS.measures):
        end = min(window.end, horizon)
        return (Window(window.start, end) if window.start < end else None), measures
    return window, measures
