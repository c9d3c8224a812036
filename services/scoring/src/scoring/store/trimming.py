"""Keeping the tables short: merging what was appended, removing what is old."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import facts
from scoring.core.clock import minute_of
from scoring.core.facts.contact import Contact
from scoring.core.pane import GRAIN_NUMBERS
from scoring.core.retention import Retention
from scoring.store.generations import TABLES

AT_ONCE = 10_000
"""Rows a statement removes at most, so that none runs into the statement timeout."""

_MERGE = text(
    "WITH place AS (SELECT dimension, grain, start FROM histogram WHERE start >= :since"
    " GROUP BY 1, 2, 3 HAVING count(*) > :pieces ORDER BY count(*) DESC LIMIT :most),"
    " gone AS (DELETE FROM histogram h USING place p WHERE h.dimension = p.dimension AND h.grain = p.grain"
    " AND h.start = p.start RETURNING h.dimension, h.grain, h.start, h.buckets, h.counts),"
    " total AS (SELECT g.dimension, g.grain, g.start, b.bucket, sum(b.count)::int AS count FROM gone g"
    " CROSS JOIN LATERAL unnest(g.buckets, g.counts) AS b(bucket, count) GROUP BY 1, 2, 3, 4 HAVING sum(b.count) <> 0)"
    " INSERT INTO histogram (dimension, grain, start, buckets, counts)"
    " SELECT dimension, grain, start, array_agg(bucket ORDER BY bucket), array_agg(count ORDER BY bucket)"
    " FROM total GROUP BY 1, 2, 3"
)


async def merge_histograms(tx: AsyncConnection, *, since: int = 0, pieces: int = 8) -> int:
    """Make one row of each histogram that lies in more than ``pieces``, but for those before minute ``since``.

    Returns how many were made at most; 0 where another replica is at it.
    """
    if not await tx.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('amends scoring histograms'))")):
        return 0
    done = await tx.execute(_MERGE, {"since": since, "pieces": pieces, "most": 2_000})
    return done.rowcount


async def forget_panes(tx: AsyncConnection, retention: Retention, now: datetime) -> int:
    """Remove a part of the panes that are too old; 0 when none is left."""
    gone = 0
    for grain in ("minute", "hour"):
        number = GRAIN_NUMBERS[grain]
        values = {"grain": number, "before": minute_of(retention.horizon(grain, now)), "most": AT_ONCE}
        for table in TABLES:
            statement = text(
                f"DELETE FROM {table} WHERE ctid IN"  # noqa: S608  (names of ours)
                f" (SELECT ctid FROM {table} WHERE grain = :grain AND start < :before LIMIT :most)"
            )
            gone += (await tx.execute(statement, values)).rowcount
    return gone


_FORGET_FACTS = text(
    "DELETE FROM fact WHERE changed_at < :before AND (tenant, id) IN (SELECT tenant, id FROM fact"
    " WHERE changed_at < :before AND (last_at IS NOT NULL OR id NOT LIKE 'customer/%') LIMIT :most)"
    " RETURNING tenant, id, state"
)
_FORGET_ANSWERS = text(
    "DELETE FROM answer a USING unnest(CAST(:tenants AS text[]), CAST(:ids AS text[])) AS gone(tenant, id)"
    " WHERE a.tenant = gone.tenant AND a.id = gone.id"
)


async def forget_facts(tx: AsyncConnection, retention: Retention, now: datetime) -> int:
    """Remove a part of the facts that have not changed for long; 0 when none is left. Erased customers stay erased."""
    values = {"before": now - retention.facts, "most": AT_ONCE}
    rows = (await tx.execute(_FORGET_FACTS, values)).all()
    contacts = ((row.tenant, facts.load(row.id, row.state)) for row in rows)
    gone = [(tenant, answer) for tenant, fact in contacts if isinstance(fact, Contact) for answer in fact.answers]
    if gone:
        tenants, ids = zip(*gone, strict=True)
        await tx.execute(_FORGET_ANSWERS, {"tenants": list(tenants), "ids": list(ids)})
    return len(rows)
