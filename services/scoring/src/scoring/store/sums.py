"""Adding to the panes."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core.measures import TABLES
from scoring.core.pane import DAY, GRAIN_NUMBERS, Buckets, Cells, Delta, Subject, coarser
from scoring.store.dimensions import Dimensions

SHARDS = 32
"""Of consumers; the next one is the rebuild's."""


class Sums:
    """Adds changes to the panes, each writer to a shard of its own, so that no two wait for each other's totals."""

    def __init__(self, shard: int) -> None:
        """``shard``: this writer's own, from 0 to ``SHARDS``."""
        self._shard = shard
        self._dimensions = Dimensions()

    async def add(self, tx: AsyncConnection, delta: Delta, *, suffix: str = "", oldest: Sequence[int] = ()) -> None:
        """Add to the panes.

        Args:
            suffix: of those being rebuilt.
            oldest: per grain, the first minute since 1970 whose panes are kept; without it all are.
        """
        panes, hours = delta.panes(), delta.histograms()
        subjects = {s for cells, _, _ in panes.values() for s, _ in cells} | {s for s, _ in hours}
        if not subjects:
            return
        ids = await self._dimensions.ids(tx, subjects)
        for table in TABLES:  # in one order for everybody
            if table in panes:
                await self._add_panes(tx, table, _kept(panes[table], oldest), ids, suffix)
        if hours:
            await self._add_buckets(tx, hours, ids, suffix)

    async def _add_panes(
        self, tx: AsyncConnection, table: str, grains: tuple[Cells, ...], ids: Mapping[Subject, int], suffix: str
    ) -> None:
        rows = sorted(
            ((ids[subject], grain, start), totals)
            for grain, cells in enumerate(grains)
            for (subject, start), totals in cells.items()
            if any(totals.values())
        )
        if not rows:
            return
        columns = _columns([totals for _, totals in rows])
        measures = tuple(measure for measure in TABLES[table] if measure in columns)
        dimensions, numbers, starts = zip(*(place for place, _ in rows), strict=True)
        values = {
            "shard": self._shard,
            "dimensions": _array(dimensions),
            "grains": _array(numbers),
            "starts": _array(starts),
            **{measure: _array(columns[measure]) for measure in measures},
        }
        await tx.execute(_upsert(table, measures, suffix), values)

    async def _add_buckets(self, tx: AsyncConnection, hours: Buckets, ids: Mapping[Subject, int], suffix: str) -> None:
        """Rows are only appended; upkeep merges them."""
        rows = [
            (ids[subject], grain, start, counts)
            for grain, cells in ((GRAIN_NUMBERS["hour"], hours), (GRAIN_NUMBERS["day"], coarser(hours, DAY)))
            for (subject, start), counts in cells.items()
        ]
        await tx.execute(
            text(
                f"INSERT INTO histogram{suffix} (dimension, grain, start, buckets, counts)"  # noqa: S608
                " SELECT dimension, grain, start, CAST(buckets AS int[]), CAST(counts AS int[])"
                " FROM unnest(CAST(CAST(:dimensions AS text) AS int[]), CAST(CAST(:grains AS text) AS smallint[]),"
                " CAST(CAST(:starts AS text) AS int[]),"
                " CAST(:buckets AS text[]), CAST(:counts AS text[])) AS new(dimension, grain, start, buckets, counts)"
            ),
            {
                "dimensions": _array(row[0] for row in rows),
                "grains": _array(row[1] for row in rows),
                "starts": _array(row[2] for row in rows),
                "buckets": [_array(row[3].keys()) for row in rows],
                "counts": [_array(row[3].values()) for row in rows],
            },
        )


def _columns(rows: Sequence[Mapping[str, int]]) -> dict[str, list[int]]:
    """One list per measure that changes anywhere; most rows change few."""
    found: dict[str, list[int]] = {}
    for place, totals in enumerate(rows):
        for measure, total in totals.items():
            if total:
                column = found.get(measure)
                if column is None:
                    column = found[measure] = [0] * len(rows)
                column[place] = total
    return found


def _array(numbers: Iterable[int]) -> str:
    """As a literal: the driver looks at each element of a list for arrays within it, which takes far longer."""
    return f"{{{str(list(numbers))[1:-1]}}}"


def _kept(grains: tuple[Cells, ...], oldest: Sequence[int]) -> tuple[Cells, ...]:
    firsts = (*oldest, *(0 for _ in grains))
    return tuple(
        {place: totals for place, totals in cells.items() if place[1] >= first} if first else cells
        for cells, first in zip(grains, firsts, strict=False)
    )


@cache
def _upsert(table: str, measures: tuple[str, ...], suffix: str) -> TextClause:
    names = ", ".join(measures)
    arrays = ", ".join(f"CAST(CAST(:{measure} AS text) AS bigint[])" for measure in measures)
    sums = ", ".join(f"{measure} = p.{measure} + excluded.{measure}" for measure in measures)
    return text(
        f"INSERT INTO {table}_pane{suffix} AS p (dimension, grain, start, shard, {names})"  # noqa: S608
        f" SELECT dimension, grain, start, :shard, {names}"
        " FROM unnest(CAST(CAST(:dimensions AS text) AS int[]), CAST(CAST(:grains AS text) AS smallint[]),"
        f" CAST(CAST(:starts AS text) AS int[]), {arrays}) AS new(dimension, grain, start, {names})"
        f" ON CONFLICT (dimension, grain, start, shard) DO UPDATE SET {sums}"
    )
