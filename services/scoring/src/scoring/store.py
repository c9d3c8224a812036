"""Scoring's tables. All SQL of the service is here; every statement works on a whole batch."""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import subject as subjects
from scoring.core.measures import Sums, pack, unpack
from scoring.core.pane import Cell
from scoring.core.subject import Subject
from scoring.core.window import Window

Key = tuple[str, str]
"""(tenant, id)"""

SHARDS = 8


class Store:
    """Reads and writes inside the caller's transaction."""

    def __init__(self, *, shard: int) -> None:
        """``shard``: this process's own, from 0 to ``SHARDS`` - 1."""
        self._shard = shard
        self._dimensions: dict[tuple[str, str, str], int] = {}

    async def lock_responses(self, tx: AsyncConnection, keys: Collection[Key]) -> dict[Key, str | None]:
        """Which subject each answer hangs on so far (None: new). Locked until the transaction ends."""
        return {(row.tenant, row.id): row.subject for row in await self._lock(tx, "response", "subject", keys)}

    async def lock_subjects(self, tx: AsyncConnection, keys: Collection[Key]) -> dict[Key, Subject]:
        """What is known of each, perhaps nothing yet. Locked until the transaction ends."""
        return {
            (row.tenant, row.id): subjects.load(row.id, row.state)
            for row in await self._lock(tx, "subject", "CAST(state AS text) AS state", keys)
        }

    async def _lock(self, tx: AsyncConnection, table: str, column: str, keys: Collection[Key]) -> Sequence[Any]:
        """Insert what is missing and lock all, in one order for everybody, so that no two wait for each other."""
        if not keys:
            return ()
        ordered = sorted(set(keys))
        found = await tx.execute(
            text(
                f"INSERT INTO {table} (tenant, id)"  # noqa: S608  (names from this file)
                " SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]))"
                f" ON CONFLICT (tenant, id) DO UPDATE SET tenant = excluded.tenant RETURNING tenant, id, {column}"
            ),
            {"tenants": [tenant for tenant, _ in ordered], "ids": [id_ for _, id_ in ordered]},
        )
        return found.all()

    async def write_responses(self, tx: AsyncConnection, homes: Mapping[Key, str | None]) -> None:
        await self._write(tx, "UPDATE response t SET subject = new.value", homes)

    async def write_subjects(self, tx: AsyncConnection, changed: Mapping[Key, Subject]) -> None:
        states = {key: subjects.dump(key[1], subject) for key, subject in changed.items()}
        await self._write(tx, "UPDATE subject t SET state = CAST(new.value AS jsonb)", states)

    async def _write(self, tx: AsyncConnection, update: str, rows: Mapping[Key, str | None]) -> None:
        if not rows:
            return
        await tx.execute(
            text(
                f"{update} FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]), CAST(:values AS text[]))"
                " AS new(tenant, id, value) WHERE t.tenant = new.tenant AND t.id = new.id"
            ),
            {
                "tenants": [tenant for tenant, _ in rows],
                "ids": [id_ for _, id_ in rows],
                "values": list(rows.values()),
            },
        )

    async def add_sums(self, tx: AsyncConnection, changes: Sequence[tuple[Cell, Sums]]) -> None:
        """Add to this process's shard of each pane."""
        if not changes:
            return
        ids = await self._dimension_ids(tx, {(c.tenant, c.dimension, c.key) for c, _ in changes})
        rows = sorted(
            (ids[cell.tenant, cell.dimension, cell.key], cell.grain, cell.start, pack(sums)) for cell, sums in changes
        )
        await tx.execute(
            text(
                "INSERT INTO pane (dimension, grain, start, shard, sums)"
                " SELECT dimension, grain, start, :shard, CAST(sums AS bigint[])"
                " FROM unnest(CAST(:dimensions AS int[]), CAST(:grains AS text[]), CAST(:starts AS timestamptz[]),"
                " CAST(:sums AS text[])) AS new(dimension, grain, start, sums)"
                " ON CONFLICT (dimension, grain, start, shard)"
                " DO UPDATE SET sums = add_sums(pane.sums, excluded.sums)"
            ),
            {
                "shard": self._shard,
                "dimensions": [row[0] for row in rows],
                "grains": [row[1] for row in rows],
                "starts": [row[2] for row in rows],
                "sums": ["{" + ",".join(map(str, row[3])) + "}" for row in rows],
            },
        )

    async def _dimension_ids(
        self, tx: AsyncConnection, wanted: Set[tuple[str, str, str]]
    ) -> dict[tuple[str, str, str], int]:
        """Ids never change, so committed ones are remembered; ones made here may yet roll back and are not."""
        if not wanted <= self._dimensions.keys():
            found = await tx.execute(text("SELECT id, tenant, kind, key FROM dimension"))
            self._dimensions = {(row.tenant, row.kind, row.key): row.id for row in found}
        missing = sorted(wanted - self._dimensions.keys())
        if not missing:
            return self._dimensions
        made = await tx.execute(
            text(
                "INSERT INTO dimension (tenant, kind, key)"
                " SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[]))"
                " ON CONFLICT (tenant, kind, key) DO UPDATE SET key = excluded.key RETURNING id, tenant, kind, key"
            ),
            {"tenants": [m[0] for m in missing], "kinds": [m[1] for m in missing], "keys": [m[2] for m in missing]},
        )
        return self._dimensions | {(row.tenant, row.kind, row.key): row.id for row in made}

    async def sums(self, tx: AsyncConnection, tenant: str, dimension: str, window: Window) -> dict[str, Sums]:
        """Total per key of the dimension over the window; keys that were never counted are absent."""
        spans = list(window.spans())
        found = await tx.execute(
            text(
                "SELECT d.key, total_sums(p.sums) AS sums"
                " FROM unnest(CAST(:grains AS text[]), CAST(:firsts AS timestamptz[]), CAST(:ends AS timestamptz[]))"
                " AS span(grain, first, finish)"
                " CROSS JOIN dimension d"
                " JOIN pane p ON p.dimension = d.id AND p.grain = span.grain"
                " AND p.start >= span.first AND p.start < span.finish"
                " WHERE d.tenant = :tenant AND d.kind = :kind GROUP BY d.key ORDER BY d.key"
            ),
            {
                "tenant": tenant,
                "kind": dimension,
                "grains": [grain for grain, _, _ in spans],
                "firsts": [first for _, first, _ in spans],
                "ends": [end for _, _, end in spans],
            },
        )
        return {row.key: unpack(row.sums) for row in found}

    async def tenants(self, tx: AsyncConnection) -> list[str]:
        found = await tx.execute(text("SELECT DISTINCT tenant FROM dimension ORDER BY tenant"))
        return [row.tenant for row in found]
