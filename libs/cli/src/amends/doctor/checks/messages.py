"""Praise, awards and digests that scoring could not send. No customer waits for them."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, count, fine, warning
from amends.doctor.given import Given
from amends.services import SCORING, Service

# What was given up is not sent again: news for a day. A digest due for two days was taken out of the file meanwhile.
_STATE = text(
    """
    SELECT count(*) FILTER (WHERE late) AS late, count(*) FILTER (WHERE NOT late) AS parked
    FROM (SELECT state = 'queued' AS late FROM scoring.message
          WHERE state = 'queued' AND created_at < now() - interval '1 h'
             OR state = 'parked' AND settled_at > now() - interval '1 day'
          UNION ALL SELECT state = 'due' FROM scoring.digest_delivery
          WHERE state = 'due' AND created_at BETWEEN now() - interval '2 days' AND now() - interval '1 h'
             OR state = 'parked' AND due_at > now() - interval '1 day') AS said
    """
)


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_scoring, SCORING, table="digest_delivery")


async def _scoring(_: Service, tx: AsyncConnection) -> list[Finding]:
    return judged((await tx.execute(_STATE)).one())


def judged(now: Any) -> list[Finding]:
    """``now``: a row of the query."""
    found = []
    if now.late:
        said = f"{count(now.late, 'message')} of praise, awards and digests not sent for over an hour"
        found.append(warning(said, "see the log of scoring: which destination does not answer"))
    if now.parked:
        said = f"{count(now.parked, 'message')} of praise, awards and digests given up within the last day"
        found.append(warning(said, "see the log of scoring, mend SCORING_DIGEST_FILE or SCORING_RECOGNITION_FILE"))
    return found or [fine("praise, awards and digests are sent")]
