"""Adding to the panes."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core.measures import FAMILIES, Family
from scoring.core.pane import DAY, Buckets, Cells, Delta, Subject, coarser
from scoring.store.dimensions import Dimensions

SHARDS = 32
MINUTES, HOURS, DAYS = 0, 1, 2
"""Grains as stored."""


class Sums:
    """Adds changes to the panes, each writer to a shard of its own, so that no two wait for each other's totals."""

    def __init__(self, shard: int) -> None:
        """``shard``: this writer's own, from 0 to ``SHARDS`` - 1."""
        self._shard = shard
        self._dimensions = Dimensions()

    async def add(self, tx: AsyncConnection, delta: Delta, *, suffix: str = "") -> None:
        """Add to the panes (``suffix``: to those being rebuilt)."""
        panes, hours = delta.panes(), delta.histograms()
        subjects = {s for cells, _, _ in panes.values() for s, _ in cells} | {s for s, _ in hours}
        if not subjects:
            return
        ids = await self._dimensions.ids(tx, subjects)
        for family in FAMILIES:
            if family.name in panes:
                await self._add_family(tx, family, panes[family.name], ids, suffix)
        if hours:
            await self._add_buckets(tx, hours, ids, suffix)

    async def _add_family(
        self, tx: AsyncConnection, family: Family, grains: tuple[Cells, ...], ids: Mapping[Subject, int], suffix: str
    ) -> None:
        rows = sorted(
            (ids[subject], grain, start, totals)
            for grain, cells in enumerate(grains)
            for (subject, start), totals in cells.items()
            if any(totals.values())
        )
        if not rows:
            return
        values: dict[str, object] = {
            "shard": self._shard,
            "dimensions": [row[0] for row in rows],
            "grains": [row[1] for row in rows],
            "starts": [row[2] for row in rows],
        }
        for measure in family.measures:
            values[measure] = [row[3].get(measure, 0) for row in rows]
        await tx.execute(_upsert(family, suffix), values)

    async def _add_buckets(self, tx: AsyncConnection, hours: Buckets, ids: Mapping[Subject, int], suffix: str) -> None:
        """Rows are only appended; upkeep merges them."""
        rows = [
            (ids[subject], grain, start, counts)
            for grain, cells in ((HOURS, hours), (DAYS, coarser(hours, DAY)))
            for (subject, start), counts in cells.items()
        ]
        await tx.execute(
            text(
                f"INSERT INTO histogram{suffix} (dimension, grain, start, buckets, counts)"  # noqa: S608
                " SELECT dimension, grain, start, CAST(buckets AS int[]), CAST(counts AS int[])"
                " FROM unnest(CAST(:dimensions AS int[]), CAST(:grains AS smallint[]), CAST(:starts AS int[]),"
                " CAST(:buckets AS text[]), CAST(:counts AS text[])) AS new(dimension, grain, start, buckets, counts)"
            ),
            {
                "dimensions": [row[0] for row in rows],
                "grains": [row[1] for row in rows],
                "starts": [row[2] for row in rows],
                "buckets": [_array(row[3].keys()) for row in rows],
                "counts": [_array(row[3].values()) for row in rows],
            },
        )


def _array(numbers: object) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"  # type: ignore[call-overload]


@cache
def _upsert(family: Family, suffix: str) -> TextClause:
    names = ", ".join(family.measures)
    arrays = ", ".join(f"CAST(:{measure} AS bigint[])" for measure in family.measures)
    sums = ", ".join(f"{measure} = p.{measure} + excluded.{measure}" for measure in family.measures)
    return text(
        f"INSERT INTO {family.name}_pane{suffix} AS p (dimension, grain, start, shard, {names})"  # noqa: S608
        f" SELECT dimension, grain, start, :shard, {names}"
        f" FROM unnest(CAST(:dimensions AS int[]), CAST(:grains AS smallint[]), CAST(:starts AS int[]), {arrays})"
        f" AS new(dimension, grain, start, {names})"
        f" ON CONFLICT (dimension, grain, start, shard) DO UPDATE SET {sums}"
    )
