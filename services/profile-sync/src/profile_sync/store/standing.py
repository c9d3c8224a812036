"""How things stand over all tenants, for the gauges. Reads only."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.habits import SOURCE
from profile_sync.core.sweeps import Progress
from profile_sync.store.sweeps import RUNS


class Counted(NamedTuple):
    """Notes by the extractor's name and the status; and by what a person decided."""

    notes: Mapping[tuple[str, str], int]
    decided: Mapping[str, int]


async def waiting(tx: AsyncConnection) -> dict[str, float]:
    """How many wait for what; under ``…_seconds`` how long the oldest has."""
    row = (await tx.execute(_WAITING, {"habit": SOURCE})).one()
    return {name: max(0.0, float(value or 0)) for name, value in row._mapping.items()}


async def paused(tx: AsyncConnection) -> dict[str, int]:
    return {row.reason: row.n for row in await tx.execute(_PAUSED)}


async def sweeps(tx: AsyncConnection) -> dict[str, Progress]:
    return {row.purpose: Progress(row.running, row.total, row.checked) for row in await tx.execute(_SWEEPS)}


async def notes(tx: AsyncConnection) -> Counted:
    """Reads every note: not often."""
    rows = (await tx.execute(_NOTES)).all()
    found: dict[tuple[str, str], int] = {}
    decided: dict[str, int] = {}
    for row in rows:
        found[row.extractor, row.status] = found.get((row.extractor, row.status), 0) + row.n
        if row.decision is not None:
            decided[row.decision] = decided.get(row.decision, 0) + row.n
    return Counted(found, decided)


_WAITING = text("""
    SELECT push.*, review.*, news.*
    FROM (
        SELECT
            count(*) FILTER (WHERE state = 'pending' AND NOT erasing) AS pending,
            extract(epoch FROM now() - min(pending_since) FILTER (WHERE state = 'pending' AND NOT erasing))
                AS pending_seconds,
            count(*) FILTER (WHERE state = 'parked') AS parked,
            count(*) FILTER (WHERE erasing) AS erasures,
            extract(epoch FROM now() - min(pending_since) FILTER (WHERE erasing)) AS erasures_seconds
        FROM crm_push WHERE state IN ('pending', 'parked')
    ) AS push,
    (
        SELECT
            count(*) FILTER (WHERE source <> :habit) AS proposed,
            extract(epoch FROM now() - min(recorded_at) FILTER (WHERE source <> :habit)) AS proposed_seconds,
            count(*) FILTER (WHERE source = :habit) AS hints
        FROM note WHERE status = 'proposed'
    ) AS review,
    (SELECT count(*) AS news, extract(epoch FROM now() - min(at)) AS news_seconds FROM announcement) AS news
""")
_PAUSED = text("SELECT reason, count(*) AS n FROM crm_pause WHERE until > now() GROUP BY reason")
_SWEEPS = text(f"""
    SELECT purpose, count(*) AS running, coalesce(sum(total), 0)::bigint AS total, sum(checked)::bigint AS checked
    FROM sweep WHERE {RUNS} GROUP BY purpose
""")  # noqa: S608  (ours)
_NOTES = text("""
    SELECT split_part(extractor, '/', 1) AS extractor, status, decision, count(*) AS n
    FROM note GROUP BY 1, 2, 3
""")
