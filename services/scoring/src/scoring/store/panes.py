"""Reading the sums: over any window, by any dimension."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import histogram
from scoring.core.clock import instant_of, minute_of
from scoring.core.facts.customer import REPEAT_WINDOW
from scoring.core.histogram import Histogram
from scoring.core.measures import MEASURES, PENDING, REPEATS, SIGNED, SPOILED, TABLES, Sums
from scoring.core.pane import GRAIN_NUMBERS, GRAINS, ceiling, floor
from scoring.core.window import Window

_REPEATS = frozenset((*REPEATS.measures, PENDING))
_ZERO = dict.fromkeys(MEASURES, 0) | {PENDING: 0}


def _nothing_said(tenant: str, dimension: str) -> None:
    """By default."""


class Panes:
    """Reads.

    Args:
        spoiled: told the tenant and the dimension each time that something was read which cannot be right.
    """

    def __init__(self, spoiled: Callable[[str, str], None] = _nothing_said) -> None:
        self._spoiled = spoiled

    async def sums(
        self,
        tx: AsyncConnection,
        tenant: str,
        dimension: str,
        window: Window,
        *,
        now: datetime,
        key: str | None = None,
        measures: Iterable[str] = MEASURES,
    ) -> dict[str, Sums]:
        """Total per key of the dimension over the window; keys of which nothing counts are absent. A measure that is
        below 0 in some pane is ``SPOILED``.

        Args:
            now: contacts younger than the repeat window at this moment are pending, not settled.
            key: only this one.
            measures: only these are read; the others are 0.
        """
        found: dict[str, dict[str, int]] = {}
        wanted = set(measures)
        for table, names in _tables(wanted - _REPEATS):
            _add(found, names, await _totals(tx, table, names, tenant, dimension, window, key))
        if wanted & _REPEATS:
            await self._repeats(tx, tenant, dimension, window, now, key, found)
        self._look_at(tenant, dimension, found)
        return {name: sums for name, sums in sorted(found.items()) if any(sums.values())}

    async def _repeats(
        self,
        tx: AsyncConnection,
        tenant: str,
        dimension: str,
        window: Window,
        now: datetime,
        key: str | None,
        found: dict[str, dict[str, int]],
    ) -> None:
        """What is younger than the repeat window is pending: its repeats may yet come."""
        names = REPEATS.measures
        closed, pending = _split(window, floor(now - REPEAT_WINDOW, GRAINS[0][1]))
        if closed:
            _add(found, names, await _totals(tx, REPEATS.table, names, tenant, dimension, closed, key))
        if pending:
            rows = await _totals(tx, REPEATS.table, ("settled",), tenant, dimension, pending, key)
            _add(found, (PENDING,), rows)

    async def series(
        self,
        tx: AsyncConnection,
        tenant: str,
        dimension: str,
        key: str,
        window: Window,
        grain: str = "hour",
        *,
        now: datetime,
        measures: Iterable[str] = MEASURES,
    ) -> list[tuple[datetime, Sums]]:
        """The totals of each pane of the grain that touches the window, oldest first; empty ones are left out."""
        found: dict[int, dict[str, int]] = {}
        horizon = minute_of(now - REPEAT_WINDOW)
        length = GRAINS[GRAIN_NUMBERS[grain]][1] // timedelta(minutes=1)
        wanted = set(measures)
        if wanted & _REPEATS:
            wanted |= set(REPEATS.measures)
        for table, names in _tables(wanted):
            _add(found, names, await _by_pane(tx, table, names, tenant, dimension, key, window, grain))
        self._look_at(tenant, dimension, found)
        for start, sums in found.items():
            if start + length > horizon:
                sums.update(dict.fromkeys(REPEATS.measures, 0) | {PENDING: sums["settled"]})
        return [(instant_of(start * 60_000), found[start]) for start in sorted(found)]

    def _look_at(self, tenant: str, dimension: str, found: Mapping[Any, Sums]) -> None:
        if any(SPOILED in sums.values() for sums in found.values()):
            self._spoiled(tenant, dimension)

    async def histograms(
        self,
        tx: AsyncConnection,
        tenant: str,
        dimension: str,
        window: Window,
        names: Collection[str],
        *,
        key: str | None = None,
    ) -> dict[str, dict[str, Histogram]]:
        """Per key and name: the durations over the window, widened to whole hours."""
        hour = GRAINS[1][1]
        widened = Window(floor(window.start, hour), ceiling(window.end, hour))
        rows = await tx.execute(_BUCKETS, _place(tenant, dimension, widened, key))
        codes: dict[str, dict[int, int]] = {}
        for name, bucket, count in rows:
            codes.setdefault(name, {})[bucket] = int(count)
        by_key = {name: histogram.by_name(counts) for name, counts in sorted(codes.items())}
        return {
            name: {wanted: h for wanted, h in found.items() if wanted in names}
            for name, found in by_key.items()
            if found.keys() & set(names)
        }

    async def tenants(self, tx: AsyncConnection) -> list[str]:
        found = await tx.execute(text("SELECT tenant FROM dimension WHERE kind = 'all' ORDER BY tenant"))
        return [row.tenant for row in found]


_SPANS = (
    " FROM unnest(CAST(:grains AS smallint[]), CAST(:firsts AS int[]), CAST(:ends AS int[]))"
    " AS span(grain, first, finish) CROSS JOIN dimension d"
)
_WHERE = " WHERE d.tenant = :tenant AND d.kind = :kind AND (CAST(:key AS text) IS NULL OR d.key = CAST(:key AS text))"
_BUCKETS = text(
    "SELECT d.key, b.bucket, sum(b.count)"
    f"{_SPANS} JOIN histogram h ON h.dimension = d.id AND h.grain = span.grain"
    " AND h.start >= span.first AND h.start < span.finish"
    f" CROSS JOIN LATERAL unnest(h.buckets, h.counts) AS b(bucket, count){_WHERE} GROUP BY 1, 2"
)


def _total(name: str) -> str:
    """Of panes, each the sum of its shards: only then is it never below 0."""
    total = f"sum({name})"
    return total if name in SIGNED else f"CASE WHEN min({name}) < 0 THEN {SPOILED} ELSE {total} END"


def _add(found: dict[Any, dict[str, int]], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """``rows``: a key, and the totals of ``names``."""
    for key, *totals in rows:
        found.setdefault(key, dict(_ZERO)).update(zip(names, map(int, totals), strict=True))


async def _totals(
    tx: AsyncConnection,
    table: str,
    names: Sequence[str],
    tenant: str,
    dimension: str,
    window: Window,
    key: str | None,
) -> Sequence[Sequence[Any]]:
    sums = ", ".join(f"sum(p.{name}) AS {name}" for name in names)
    statement = text(
        f"SELECT key, {', '.join(map(_total, names))} FROM (SELECT d.key, {sums}{_SPANS}"  # noqa: S608
        f" JOIN {table}_pane p ON p.dimension = d.id AND p.grain = span.grain"
        f" AND p.start >= span.first AND p.start < span.finish{_WHERE} GROUP BY d.key, p.grain, p.start) AS pane"
        " GROUP BY key"
    )
    return (await tx.execute(statement, _place(tenant, dimension, window, key))).all()


async def _by_pane(
    tx: AsyncConnection,
    table: str,
    names: Sequence[str],
    tenant: str,
    dimension: str,
    key: str,
    window: Window,
    grain: str,
) -> Sequence[Sequence[Any]]:
    length = GRAINS[GRAIN_NUMBERS[grain]][1]
    sums = ", ".join(f"sum(p.{name}) AS {name}" for name in names)
    statement = text(
        f"SELECT start, {', '.join(map(_total, names))} FROM (SELECT p.start, {sums}"  # noqa: S608
        f" FROM dimension d JOIN {table}_pane p ON p.dimension = d.id"
        " AND p.grain = :grain AND p.start >= :first AND p.start < :finish"
        " WHERE d.tenant = :tenant AND d.kind = :kind AND d.key = :key GROUP BY p.start) AS pane GROUP BY start"
    )
    values = {
        "tenant": tenant,
        "kind": dimension,
        "key": key,
        "grain": GRAIN_NUMBERS[grain],
        "first": minute_of(floor(window.start, length)),
        "finish": minute_of(window.end),
    }
    return (await tx.execute(statement, values)).all()


def _place(tenant: str, dimension: str, window: Window, key: str | None) -> dict[str, Any]:
    spans = list(window.spans())
    return {
        "tenant": tenant,
        "kind": dimension,
        "key": key,
        "grains": [GRAIN_NUMBERS[grain] for grain, _, _ in spans],
        "firsts": [minute_of(first) for _, first, _ in spans],
        "ends": [minute_of(end) for _, _, end in spans],
    }


def _tables(wanted: Set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The measures to read, by the table they are in."""
    for table, measures in TABLES.items():
        if names := tuple(measure for measure in measures if measure in wanted):
            yield table, names


def _split(window: Window, at: datetime) -> tuple[Window | None, Window | None]:
    """What of the window lies before a moment, and what after."""
    if window.end <= at:
        return window, None
    if window.start >= at:
        return None, window
    return Window(window.start, at), Window(at, window.end)


def zero() -> Mapping[str, int]:
    """The sums of something never counted."""
    return dict(_ZERO)
