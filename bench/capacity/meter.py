"""What the database, the broker and each process have done so far."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from bench.scoring import processes

ROWS = """
SELECT schemaname, sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint AS rows
FROM pg_stat_user_tables GROUP BY schemaname
"""
SIZES = """
SELECT n.nspname AS schemaname, c.relname, pg_total_relation_size(c.oid)::bigint AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname IN (SELECT schemaname FROM pg_stat_user_tables)
"""
GRAINS = ("minutes", "hours", "days")
APPLIED = """
SELECT (SELECT coalesce(sum(next_offset), 0) FROM scoring.stream_offset)
  + (SELECT coalesce(sum(next_offset), 0) FROM alerting.stream_offset)
  + (SELECT coalesce(sum(next_offset), 0) FROM profile_sync.stream_offset)
  + (SELECT count(*) FROM alerting.notification WHERE state = 'sent')
"""


@dataclass(frozen=True, slots=True)
class Look:
    """``rows``: by schema. ``stored``: by how long it is kept. ``wal``, ``log``: bytes, of PostgreSQL's and of Kafka's.
    ``cpu``: seconds by part."""

    at: float
    rows: Mapping[str, int]
    stored: Mapping[str, int]
    cpu: Mapping[str, float]
    wal: int
    log: int

    def since(self, earlier: "Look") -> dict[str, float]:
        """What was added, under flat names, with the seconds that passed."""
        found = {"seconds": self.at - earlier.at, "wal": self.wal - earlier.wal, "log": self.log - earlier.log}
        for name in ("rows", "stored", "cpu"):
            now, then = getattr(self, name), getattr(earlier, name)
            found |= {f"{name} {part}": value - then.get(part, 0) for part, value in now.items()}
        return found


@dataclass
class Meter:
    """``pids``: the first process of each part. ``data``: the broker's folder of logs."""

    connection: asyncpg.Connection
    pids: Mapping[str, int]
    data: Path

    async def applied(self) -> int:
        """Records that consumers have applied, and notifications that were delivered."""
        return int(await self.connection.fetchval(APPLIED))

    async def look(self, at: float) -> Look:
        rows = {row["schemaname"]: row["rows"] for row in await self.connection.fetch(ROWS)}
        stored = await self._stored()
        wal = int(await self.connection.fetchval("SELECT wal_bytes FROM pg_stat_wal"))
        used = processes.look({part: [pid] for part, pid in self.pids.items()}).seconds
        log = sum(path.stat().st_size for path in self.data.glob("*/*.log") if not path.parent.name.startswith("__"))
        return Look(at, rows, stored, dict(used), wal, log)

    async def _stored(self) -> dict[str, int]:
        """Bytes by how long they are kept: inboxes, the sums of scoring by grain, and the rest of each schema."""
        found: Counter[str] = Counter()
        for schema, table, size in await self.connection.fetch(SIZES):
            if table.endswith("_pane") or table == "histogram":
                rows = await self.connection.fetch(f"SELECT grain, count(*) FROM {schema}.{table} GROUP BY grain")
                total = sum(count for _, count in rows)
                found.update({GRAINS[grain]: size * count // total for grain, count in rows})
            else:
                found["inbox" if table == "inbox" else schema] += size
        return dict(found)

    def memory(self) -> dict[str, float]:
        """MiB of each part now; shared pages are shared out."""
        return {part: round(processes.memory_mib([pid]), 1) for part, pid in self.pids.items()}
