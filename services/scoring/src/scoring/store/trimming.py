"""Merging what was appended."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

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
