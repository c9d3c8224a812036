"""Sums of scoring that cannot be right: below zero in some day of the last month. Their numbers are left out."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, count, fine, warning
from amends.doctor.given import Given
from amends.services import SCORING, Service

TABLES = ("contacts_pane", "answers_pane", "others_pane")
SIGNED = "rescore_millipercent"
"""What may be below zero: a score may fall."""
# Whatever is counted is counted in a day, too. A row may be below zero, being one writer's share; all rows of a day
# together may not. As text a row is looked through at once, whatever its columns.
_DAY = "p.dimension = d.id AND p.grain = 2 AND p.start"
_SPOILED = """
    SELECT d.kind, d.id FROM scoring.dimension d CROSS JOIN LATERAL (
        SELECT DISTINCT p.start FROM scoring.{table} p
        WHERE {day} >= CAST(extract(epoch FROM now()) / 60 AS int) - 31 * 1440
            AND CAST(p AS text) LIKE '%,-%') AS suspect
    WHERE EXISTS (
        SELECT FROM scoring.{table} p CROSS JOIN LATERAL jsonb_each_text(to_jsonb(p) - '{signed}') AS total
        WHERE {day} = suspect.start GROUP BY total.key HAVING sum(CAST(total.value AS bigint)) < 0)
"""
_ALL = " UNION ".join(_SPOILED.format(table=table, day=_DAY, signed=SIGNED) for table in TABLES)
_STATE = text(f"SELECT kind, count(*) AS keys FROM ({_ALL}) AS spoiled GROUP BY kind ORDER BY kind")  # noqa: S608  (ours)


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_scoring, SCORING, table="others_pane")


async def _scoring(_: Service, tx: AsyncConnection) -> list[Finding]:
    return [judged(row) for row in await tx.execute(_STATE)] or [fine("no sum is below zero")]


def judged(now: Any) -> Finding:
    """``now``: a row of the query."""
    said = f"{count(now.keys, 'key')} of the dimension {now.kind} with sums below zero: their numbers are left out"
    return warning(said, "docs/runbooks/numbers.md#amendssumsspoiled says what to do, at last: amends scoring rebuild")
